import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resource, resources, synth } from './synth.ts';

interface Index {
  readonly IndexName: string;
  readonly KeySchema: unknown;
  readonly Projection: unknown;
}

const shape = ({ IndexName, KeySchema, Projection }: Index) =>
  [IndexName, JSON.stringify([KeySchema, Projection])] as const;

/** The indexes of the newest release, frozen with it: a release writes its own. */
const released: readonly Index[] = JSON.parse(
  readFileSync(new URL('./indexes-of-0.1.0.json', import.meta.url), 'utf8'),
);
const today: readonly Index[] = resource(synth(), 'AWS::DynamoDB::GlobalTable', 'Table').Properties
  .GlobalSecondaryIndexes;

/** How many indexes a deploy over another version adds or deletes. */
function changes(before: readonly Index[], after: readonly Index[]): number {
  const [there, then] = [new Map(before.map(shape)), new Map(after.map(shape))];
  for (const [name, keys] of then) if (there.has(name)) expect(keys, `index ${name}`).toBe(there.get(name));
  return [...there.keys(), ...then.keys()].filter((name) => there.has(name) !== then.has(name)).length;
}

test('a deploy over the last release adds or deletes one index at most, and changes the keys of none: DynamoDB refuses more', () => {
  expect(changes(released, today)).toBeLessThanOrEqual(1);
});

test('the check bites: two new indexes, and another key of one that is there', () => {
  expect(changes(released.slice(2), today)).toBeGreaterThan(1);
  const [first, ...others] = released;
  expect(() => changes(released, [{ ...first!, KeySchema: [] }, ...others])).toThrow();
});

test('a deploy over the last release makes no new table, queue or API in place of the old: their logical ids are those of 0.1.0', () => {
  const kept = ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::ApiGatewayV2::Api'];
  expect(kept.flatMap((type) => Object.keys(resources(synth(), type)))).toEqual([
    'JobsTable10C8EDF6',
    'JobsQueuesDeadLetters9728F9FA',
    'JobsQueuesUndeliverable0D1AE035',
    'JobsQueuesJobsdefault56B021A4',
    'JobsQueuesJobslongvideos2DE00C57',
    'JobsApiHttp2BA79D1B',
  ]);
});
