import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deadLettersQuery, listQuery, redriveBody } from '../../lambdas/http/wire/requests.ts';
import { ROUTES } from '../../lib/routes.ts';
import { resources, synth } from '../lib/synth.ts';
import { blocksOf } from './page.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = new Map(page.split(/^## /m).map((text) => [text.split('\n')[0] ?? '', text]));
const alarms = Object.entries(resources(synth(), 'AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => ({
  name: id.replace(/^JobsAlarms|[0-9A-F]{8}$/g, ''),
  description: Properties.AlarmDescription as string,
}));

test.each(alarms)(
  '$name has a section: what it means, how to look, what to do, as commands',
  ({ name, description }) => {
    const section = sections.get(name);
    expect(section).toMatch(/\*\*Means\.\*\*.*\*\*Look\.\*\*.*```sh.*\*\*Do\.\*\*/s);
    expect(section?.split('**Do.**')[1]).toMatch(/```sh|^- /m);
    expect(description).toContain(`docs/runbook.md#${name.toLowerCase()}`);
  },
);

test('no section is of an alarm that there is not', () => {
  const others = ['First', 'What has no alarm yet'];
  expect([...sections.keys()].slice(1).filter((name) => !others.includes(name))).toEqual(
    alarms.map(({ name }) => name),
  );
});

test('its commands are ones that a shell can read', () => {
  const blocks = blocksOf(page, 'sh');
  expect(blocks.length).toBeGreaterThan(alarms.length);
  for (const { code } of blocks)
    expect(() => execFileSync('bash', ['-n'], { input: code, stdio: 'pipe' })).not.toThrow();
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
