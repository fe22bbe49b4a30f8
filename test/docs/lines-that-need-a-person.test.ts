import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from './page.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

type Line = Readonly<Record<string, unknown>>;

/** Lambda's own lines, under LoggingConfig.LogFormat JSON: with `time`, `type` and `record`, and without a level. */
const platform = (type: string, record: Line): Line => ({ time: '2026-11-24T12:20:37.168Z', type, record });
const ours = (level: string, message: string): Line => ({ timestamp: '2026-11-24T12:20:37.168Z', level, message });

const LINES: readonly (readonly [what: string, needsAPerson: boolean, line: Line])[] = [
  ['a timeout', true, platform('platform.report', { metrics: { durationMs: 60_000 }, status: 'timeout' })],
  ['too little memory', true, platform('platform.report', { status: 'error', errorType: 'Runtime.OutOfMemory' })],
  ['a crash', true, platform('platform.runtimeDone', { status: 'error', errorType: 'Runtime.ExitError' })],
  ['a start that failed', true, platform('platform.initReport', { status: 'error', errorType: 'Runtime.Unknown' })],
  ['a job that failed', true, ours('ERROR', 'job failed')],
  ['what the runtime calls fatal', true, ours('FATAL', 'uncaught')],
  ['a job that ended well', false, ours('INFO', 'job complete')],
  ['a job that is retried', false, ours('WARN', 'job will be retried')],
  ['metrics', false, { _aws: {}, queue: 'default', succeeded: 1 }],
];

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether CloudWatch Logs' filter pattern lets a line through: equalities, with `*` for anything, of which one must hold. */
function passes(pattern: string, line: Line): boolean {
  const conditions = /^\{ (.*) \}$/.exec(pattern)?.[1]?.split(' || ') ?? [];
  return conditions.some((condition) => {
    const [, field = '', value = ''] = /^\(\$\.(\w+) = "([^"]+)"\)$/.exec(condition) ?? [];
    expect(field, condition).not.toBe('');
    return new RegExp(`^${value.split('*').map(escaped).join('.*')}$`).test(String(line[field] ?? ''));
  });
}

/** Whether a filter of Logs Insights does: `in` and `like`, of which one must hold. */
function isFound(filter: string, line: Line): boolean {
  return filter.split(' or ').some((condition) => {
    const [, field = '', list, regex] = /^(\w+) (?:in (\[.*\])|like \/(.*)\/)$/.exec(condition) ?? [];
    expect(field, condition).not.toBe('');
    const value = String(line[field] ?? '');
    return list === undefined ? new RegExp(regex ?? '').test(value) : JSON.parse(list).includes(value);
  });
}

const pattern = /^errors\(\).*--filter-pattern '([^']*)'/m.exec(page('runbook.md'))?.[1] ?? '';
const query = blocksOf(page('observability.md'), 'insights').find(({ code }) => code.includes('"FATAL"'));
const filter = /^\| filter (.*)$/m.exec(query?.code ?? '')?.[1] ?? '';

test.each(LINES)('the runbook’s errors and the query of what needs a person tell %s from the rest', (_, told, line) => {
  expect(passes(pattern, line)).toBe(told);
  expect(isFound(filter, line)).toBe(told);
});
