import { PROTOCOL } from '../../lambdas/core/protocol.ts';
import type { Transition } from '../../lambdas/core/transition.ts';
import { AMENDS, FAULTS, OUTCOMES } from './steps.ts';

/** How often each thing happened. */
export type Counts = Map<string, number>;

const VERDICTS = ['superseded', 'finished', 'failed', 'redriven', 'leased', 'abort abandoned', 'damaged'] as const;

/** Refusals that cannot be: the claim and the judgement of its refusal use one clock reading and one record. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  'verdict of the worker: raced':
    'a record that the judge would give to the claim is one that the claim takes; it guards against records that neither expects',
  'verdict of bury: early, exhausted, mine, raced':
    'row 15 takes a queued record before its time, and one whose attempts are used up; it has no owner of its own',
};

/** What a run must have exercised: a model that never reaches a branch proves nothing of it. */
export const REQUIRED: readonly string[] = [
  ...Object.values(PROTOCOL).map(({ name }) => `written: ${name}`),
  ...Object.values(PROTOCOL)
    .filter((transition) => (transition as Transition).name !== 'cancel own')
    .map(({ name }) => `refused: ${name}`),
  ...[...VERDICTS, 'early', 'mine', 'exhausted'].map((verdict) => `verdict of the worker: ${verdict}`),
  ...VERDICTS.map((verdict) => `verdict of bury: ${verdict}`),
  ...FAULTS.map((fault) => `fault: ${fault}`),
  ...[
    'acknowledgement lost',
    'throttled function',
    'killed',
    'suspended',
    'message doubled',
    'message doubled, the copy late',
  ].map((fault) => `fault: ${fault}`),
  ...OUTCOMES.map((outcome) => `task: ${outcome}`),
  ...['api', 'worker', 'bury', 'sweep'].map((kind) => `process: ${kind}`),
  ...[1, 2, 3].map((size) => `batch of ${size}`),
  ...['aborted', 'aborting', 'conflict', 'not_found'].map((said) => `abort: ${said}`),
  ...['queued', 'conflict', 'not_found'].map((said) => `retry: ${said}`),
  ...['queued', 'conflict', 'not_found'].map((said) => `amend: ${said}`),
  ...AMENDS.map((how) => `amend ${how}`),
  '202',
  '202 deduplicated',
  'enqueue refused: enqueue_failed',
  'redrive',
  'redrive, twice',
  'redrive of what is no envelope',
  'TTL deletes a record',
  'SQS forgets a message',
  'SQS moves away from a job queue',
  'SQS moves away from undeliverable',
  'time: days',
];

export function missing(counts: Counts): string[] {
  return REQUIRED.filter((what) => (counts.get(what) ?? 0) === 0);
}

export function add(total: Counts, counts: Iterable<readonly [string, number]>): void {
  for (const [what, count] of counts) total.set(what, (total.get(what) ?? 0) + count);
}

/** The counts as a table, by kind. */
export function table(counts: Counts): string {
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, count]) => `${what.padEnd(width)}  ${String(count).padStart(9)}`).join('\n');
}
