import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../../lambdas/core/metrics.ts';
import { QUEUES, resources, synth } from '../lib/synth.ts';
import { blocksOf } from './page.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/observability.md'), 'utf8');
const section = (title: string) => page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
/** The names in the first column of the tables of a section. */
const named = (title: string) =>
  [...section(title).matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );

test('its table of metrics names every one, and no other', () => {
  expect(named('Metrics')).toEqual(Object.keys(METRICS));
  const inMilliseconds = [...section('Metrics').matchAll(/^\| `(\w+)` \| ms \|/gm)].map(([, name]) => name);
  expect(inMilliseconds).toEqual(
    Object.entries(METRICS).flatMap(([name, unit]) => (unit === 'Milliseconds' ? [name] : [])),
  );
});

test('its table of alarms names every one, and no other', () => {
  const alarms = Object.values(resources(synth({ queues: { default: QUEUES.default } }), 'AWS::CloudWatch::Alarm'));
  const sections = alarms.map(({ Properties }) => /runbook\.md#(\w+)$/.exec(Properties.AlarmDescription)?.[1]);
  const first = [...section('Alarms').matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name.toLowerCase());
  expect(first).toEqual([...new Set(sections)]);
});

/** All code that writes log lines. */
const code = globSync('lambdas/**/*.ts', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

test('the messages that it names are written, and the fields that it names are their fields', () => {
  const all = named('Log lines');
  const fields = all.filter((name) => /^\w+$/.test(name!) && !code.includes(`'${name}'`));
  const messages = all.filter((name) => name!.includes(' '));
  expect(messages.length).toBeGreaterThan(7);
  for (const message of messages)
    expect(/^job (complete|aborted)$/.test(message!) || code.includes(`'${message}'`), message).toBe(true);
  for (const field of fields) expect(code, field).toMatch(new RegExp(`\\b${field}\\b`));
});

const COMMANDS = ['fields', 'filter', 'stats', 'sort', 'limit'];
const FUNCTIONS = ['count', 'max', 'pct', 'bin', 'ispresent'];
const WORDS = ['as', 'by', 'in', 'and', 'or', 'asc', 'desc'];

/** What Logs Insights would refuse of a query, as far as its grammar is known here; and fields that no line has. */
function flaws(query: string, fields: readonly string[]): string[] {
  const named = new Set([...query.matchAll(/ as (\w+)/g)].map(([, name]) => name));
  const commands = query.trim().split(/\s*\n?\|\s*/);
  return commands.flatMap((command) => {
    const [verb = ''] = command.split(' ');
    const rest = command
      .slice(verb.length)
      .replace(/"[^"]*"/g, '')
      .replace(/ like \/[^/]+\//g, '');
    const problems = COMMANDS.includes(verb) ? [] : [`${verb} is no command`];
    if (rest.split('(').length !== rest.split(')').length) problems.push(`parentheses in: ${command}`);
    if (rest.includes('"') || rest.includes("'")) problems.push(`quotes in: ${command}`);
    for (const [word] of rest.matchAll(/(?<![\w@.])@?[a-z]\w*/g)) {
      const known = [...WORDS, ...FUNCTIONS, ...fields, '@timestamp', '@log'].includes(word) || named.has(word);
      if (!known) problems.push(`${word} is no field`);
    }
    return problems;
  });
}

test('its queries are of commands that Logs Insights has, and of fields that lines have', () => {
  const fields = named('Log lines').filter((name) => /^\w+$/.test(name!)) as string[];
  const queries = blocksOf(page, 'insights');
  expect(queries.length).toBeGreaterThan(4);
  for (const { code } of queries) expect(flaws(code, fields), code).toEqual([]);
});

test('the check of queries bites', () => {
  expect(flaws('filter mesage = "x"\n| order ms', ['message', 'ms'])).toEqual([
    'mesage is no field',
    'order is no command',
  ]);
  expect(flaws('stats count(* by ms', ['ms'])).toHaveLength(1);
});
