import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deadLettersQuery, listQuery, redriveBody } from '../../lambdas/http/wire/requests.ts';
import { ROUTES } from '../../lib/routes.ts';
import { QUEUES, resources, synth } from '../lib/synth.ts';
import { blocksOf } from './page.ts';
import { commandsOf } from './shell.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = new Map(page.split(/^## /m).map((text) => [text.split('\n')[0] ?? '', text]));
const alarms = Object.entries(resources(synth({ queues: { default: QUEUES.default } }), 'AWS::CloudWatch::Alarm')).map(
  ([id, { Properties }]) => ({
    name: id.replace(/^JobsAlarms|[0-9A-F]{8}$/g, ''),
    description: Properties.AlarmDescription as string,
  }),
);
const anchors = new Map([...sections.keys()].map((name) => [name.toLowerCase(), name]));
/** The section that an alarm sends its reader to. */
const sectionOf = (description: string) => anchors.get(/ docs\/runbook\.md#(\w+)$/.exec(description)?.[1] ?? '');

test.each(alarms)(
  '$name has a section: what it means, how to look, what to do, as commands',
  ({ name, description }) => {
    const section = sectionOf(description);
    expect(name).toMatch(new RegExp(`^${section}`));
    const text = sections.get(section ?? '');
    expect(text).toMatch(/\*\*Means\.\*\*.*\*\*Look\.\*\*.*```sh.*\*\*Do\.\*\*/s);
    expect(text?.split('**Do.**')[1]).toMatch(/```sh|^- /m);
  },
);

test('who is told of the sweep right after the first deploy reads that it may be nothing', () => {
  expect(sections.get('SweepStopped')).toMatch(/of a stack's first deploy it may sound once/);
});

test('no section is of an alarm that there is not, and they stand in the order of the alarms', () => {
  const of = [...sections.keys()].slice(1).filter((name) => name !== 'First');
  expect(of).toEqual([...new Set(alarms.map(({ description }) => sectionOf(description)))]);
});

test('what its commands call is a program, or is defined at the top', () => {
  const [first, ...others] = blocksOf(page, 'sh').map(({ code }) => code);
  const defined = [...first!.matchAll(/^(\w+)\(\) \{/gm)].map(([, name]) => name);
  const programs = [
    'aws',
    'curl',
    'jq',
    'git',
    'npx',
    'npm',
    'cut',
    'sort',
    'uniq',
    'head',
    'tail',
    'date',
    'echo',
    'export',
  ];
  expect(defined.length).toBeGreaterThan(5);
  for (const code of others)
    for (const [name] of commandsOf(code)) expect([...defined, ...programs], code).toContain(name);
});

test('its commands are ones that a shell can read', () => {
  const blocks = blocksOf(page, 'sh');
  expect(blocks.length).toBeGreaterThan(15);
  for (const { code } of blocks)
    expect(() => execFileSync('bash', ['-n'], { input: code, stdio: 'pipe' })).not.toThrow();
});

test('what is asked for by curl has its parameters in order: many a curl signs them as they stand, and AWS does not (curl#9717)', () => {
  const queries = [...page.matchAll(/\bapi [A-Z]+ '[^'?]*\?([^']+)'/g)].map(([, query = '']) => query.split('&'));
  expect(queries.filter((query) => query.length > 1).length).toBeGreaterThan(1);
  for (const query of queries) expect(query).toEqual(query.toSorted());
});

test('closing the API closes each route that has a throttle of its own', () => {
  const [{ Properties } = { Properties: undefined }] = Object.values(resources(synth(), 'AWS::ApiGatewayV2::Stage'));
  const closed = { ThrottlingRateLimit: 0, ThrottlingBurstLimit: 0 };
  const [, defaults, routes = ''] =
    /update-stage .*--default-route-settings '([^']*)' --route-settings '([^']*)'/.exec(page) ?? [];
  expect(defaults).toBe('ThrottlingRateLimit=0,ThrottlingBurstLimit=0');
  const own = Object.keys(Properties.RouteSettings);
  expect(own.length).toBeGreaterThan(0);
  expect(JSON.parse(routes)).toEqual(Object.fromEntries(own.map((route) => [route, closed])));
});

test('the API’s function, by which its URL is closed, is told from the others by its logical id', () => {
  const [, part = ''] = /contains\(LogicalResourceId,'(\w+)'\)/.exec(page) ?? [];
  for (const frontDoor of ['http-api', 'function-url'] as const) {
    const functions = Object.keys(resources(synth({ frontDoor }), 'AWS::Lambda::Function'));
    expect(functions.filter((id) => id.includes(part))).toHaveLength(1);
    expect(functions.find((id) => id.includes(part))).toMatch(/Api/);
  }
});

test('its requests are of routes that there are', () => {
  const asked = [...page.matchAll(/^api (\w+) '([^'?]+)/gm)].map(([, method, path = '']) => `${method} ${path}`);
  expect(asked.length).toBeGreaterThan(5);
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
  for (const route of asked) expect(routes).toContain(route.replace('JOB_ID', '{job_id}'));
});

test('what its requests say is what the API takes', () => {
  const bodies = [...page.matchAll(/redrive' .*-d '([^']+)'/g)].map(([, body = '']) => JSON.parse(body));
  expect(bodies.length).toBeGreaterThan(0);
  for (const body of bodies) expect(redriveBody.parse(body)).toEqual(body);
  for (const [, path, query = ''] of page.matchAll(/^api GET '([^'?]+)\?([^']+)'/gm)) {
    const schema = path === '/dead-letters' ? deadLettersQuery : listQuery;
    expect(() => schema.parse(Object.fromEntries(new URLSearchParams(query)))).not.toThrow();
  }
});
