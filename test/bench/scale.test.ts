import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { drain } from '../../bench/scale/drain.ts';
import { hottestPartition, sharesOf } from '../../bench/scale/hot-partitions.ts';
import { needsOf } from '../../bench/scale/needs.ts';
import { scalePage } from '../../bench/scale/scale.ts';
import { MS_A_JOB, PASS_MS, sweepUnder } from '../../bench/scale/sweep-load.ts';
import { SHARDS } from '../../lambdas/core/record.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/scale.md'), 'utf8');

test.each(Object.entries(scalePage()))(
  'docs/scale.md has the table of %s: else npm run bench:scale -- --write',
  (name, figures) => {
    expect(page).toContain(`<!-- ${name} -->\n${figures}\n<!-- end of ${name} -->`);
  },
);

test('what a rate takes grows with it, and with the time of a job only where it should', () => {
  const of = (rate: number, seconds: number) =>
    new Map(needsOf(rate, seconds).map(({ what, value }) => [what.replace(/, [\d.]+ s a job/, ''), value]));
  const [small, large, slow] = [of(100, 1), of(1_000, 1), of(100, 60)];

  expect(large.get('write units a second, of the table')).toBe(4_000);
  expect(small.get('workers at once')).toBe(10);
  expect(slow.get('workers at once')).toBe(600);
  expect(slow.get('messages in flight')).toBe(6_000);
  expect(slow.get('write units a second, of the table')).toBe(small.get('write units a second, of the table'));
});

describe('the busiest partition', () => {
  it('of one task has a shard of its jobs, a little more by chance', () => {
    const writes = hottestPartition(1_000, { tasks: 20, skew: 'one' });
    expect(writes).toBeGreaterThanOrEqual(1_000 / SHARDS.task);
    expect(writes).toBeLessThan((1_000 / SHARDS.task) * 1.1);
  });

  it('of tasks that are skewed is between that and one of tasks alike', () => {
    const [even, zipf, one] = (['even', 'zipf', 'one'] as const).map((skew) =>
      hottestPartition(1_000, { tasks: 20, skew }),
    );
    expect(even).toBeLessThan(zipf!);
    expect(zipf).toBeLessThan(one!);
    expect(sharesOf(4, 'zipf').map((share) => share * (25 / 12))).toEqual(
      [1, 0.5, 1 / 3, 0.25].map((share) => expect.closeTo(share, 9)),
    );
  });
});

describe('the sweep', () => {
  const aPass = 2 * Math.round(PASS_MS / MS_A_JOB / 2);

  it('sends as much in a pass as its time allows, and the rest in the next', async () => {
    const once = await sweepUnder({ atOnce: 1.5 * aPass, aSecond: 0, minutes: 1 });
    expect(once.sent).toBeGreaterThan(0.99 * aPass);
    expect(once.sent).toBeLessThan(1.01 * aPass);
    expect(once.left).toBe(1.5 * aPass - once.sent);
    expect((await sweepUnder({ atOnce: 1.5 * aPass, aSecond: 0, minutes: 2 })).left).toBe(0);
  });

  it('keeps up with less than a pass a minute', async () => {
    const { left, longestWaits } = await sweepUnder({ atOnce: 0, aSecond: 200, minutes: 4 });
    expect(left).toBe(0);
    for (const seconds of longestWaits) expect(seconds).toBeLessThan(65);
  });

  it('serves the few of a shard beside one that is too full', async () => {
    const { left, longestWaits } = await sweepUnder({
      atOnce: 2.5 * aPass,
      aSecond: 0,
      minutes: 1,
      shardOf: (job) => (job % 100 === 0 ? SHARDS.attention - 1 : 0),
    });
    expect(left).toBeGreaterThan(aPass);
    expect(longestWaits.at(-1)).toBeLessThan(PASS_MS / 1_000 / 10);
  });
});

describe('a burst', () => {
  const burst = { jobs: 10_000, seconds: 1, batchSize: 10, maxConcurrency: 5 };

  it('drains as fast as its workers are many', () => {
    const { seconds, workers } = drain(burst);
    expect(workers).toBe(5);
    expect(seconds).toBeCloseTo((10_000 * 1.04) / 50, -1);
    expect(drain({ ...burst, maxConcurrency: 10 }).seconds).toBeLessThan(0.6 * seconds);
  });

  it('has its most workers after some minutes, and never more than a queue may have', () => {
    expect(drain({ ...burst, jobs: 100_000, maxConcurrency: 1_000 }).workers).toBeLessThan(400);
    expect(drain({ ...burst, jobs: 5_000_000, maxConcurrency: 5_000 }).workers).toBe(1_000);
  });
});
