import { describe, expect, it } from 'vitest';
import { dollars, scale, sum } from '../../bench/cost/bill.ts';
import { billOfJob, DEFAULT_WORKLOAD, idleLines, measured, monthOf, type Way } from '../../bench/cost/estimate.ts';
import { afterFreeTier } from '../../bench/cost/idle-table.ts';
import { PRICES } from '../../bench/prices.ts';

const { enqueue, run, runAlone, retry, get } = measured.operations;
const NO_OP = { ...DEFAULT_WORKLOAD, seconds: 0 };
const ways: Way[] = ['alone', 'inBatches', 'byTheHundred'];

describe('a job', () => {
  it('that does nothing costs what its enqueue and its run were measured to', () => {
    expect(billOfJob('inBatches', NO_OP)).toEqual(sum(enqueue.bill, run.bill));
    expect(billOfJob('alone', NO_OP)).toEqual(sum(enqueue.bill, runAlone.bill));
  });

  it('pays for its seconds at the memory of the worker, in a batch with nine others', () => {
    const gbSeconds = (way: Way) => {
      const of = (seconds: number) => billOfJob(way, { ...DEFAULT_WORKLOAD, seconds, memoryMb: 1_024 }).gbSeconds;
      return of(3) - of(0);
    };
    expect(gbSeconds('alone')).toBeCloseTo(3, 9);
    expect(gbSeconds('inBatches')).toBeCloseTo(0.3, 9);
  });

  it('that is retried pays for another run, and for its seconds again', () => {
    const more = (way: Way) =>
      dollars(billOfJob(way, { ...NO_OP, retries: 0.5 })) - dollars(billOfJob(way, { ...NO_OP, retries: 0 }));
    expect(more('inBatches')).toBeCloseTo(dollars(scale(0.5, retry.bill)), 12);
    expect(more('alone')).toBeGreaterThan(more('inBatches'));
    const slow = billOfJob('alone', { ...NO_OP, seconds: 10, retries: 1 }).gbSeconds;
    expect(slow).toBeGreaterThan(20 * (NO_OP.memoryMb / 1_024));
  });

  it('that is asked for pays for each time', () => {
    const asked = billOfJob('alone', { ...NO_OP, gets: 3 });
    expect(dollars(asked)).toBeCloseTo(dollars(billOfJob('alone', NO_OP)) + 3 * dollars(get.bill), 12);
  });
});

describe('a month', () => {
  it('without jobs is an idle one', () => {
    const idle = idleLines().reduce((all, line) => all + line.dollars, 0);
    for (const way of ways) expect(monthOf(way, { ...DEFAULT_WORKLOAD, jobs: 0 }).total).toBeCloseTo(idle, 9);
  });

  it('has the metrics of one task and its queue, for the hours in which it can have run', () => {
    const metrics = (jobs: number, retries = 0) => monthOf('alone', { ...DEFAULT_WORKLOAD, jobs, retries }).metrics;
    expect(metrics(1_000_000)).toBeCloseTo(6 * PRICES.metricMonth, 9);
    expect(metrics(1_000_000, 0.05)).toBeCloseTo(7 * PRICES.metricMonth, 9);
    expect(metrics(360)).toBeCloseTo(metrics(720) / 2, 9); // a job an hour, every second hour
    expect(metrics(100_000_000)).toBe(metrics(720));
  });

  it('pays for the log lines that carry them: one a batch', () => {
    const more = (way: Way) => {
      const { logs } = monthOf(way, DEFAULT_WORKLOAD);
      return logs - DEFAULT_WORKLOAD.jobs * billOfJob(way, DEFAULT_WORKLOAD).logBytes * PRICES.logsByte;
    };
    expect(more('alone')).toBeCloseTo(0.27, 2);
    expect(more('inBatches')).toBeCloseTo(0.03, 2);
  });

  it('keeps as many records as were made in their time', () => {
    const storage = (retentionDays: number) => monthOf('alone', { ...DEFAULT_WORKLOAD, retentionDays }).storage;
    expect(storage(30)).toBeCloseTo(1.2 * PRICES.dynamoDbGbMonth, 9); // a million of 1.2 KB
    expect(storage(90)).toBeCloseTo(3 * storage(30), 9);
  });

  it('is the dearest where each job comes and runs alone', () => {
    const [alone, inBatches, byTheHundred] = ways.map((way) => monthOf(way, DEFAULT_WORKLOAD).total);
    expect(alone).toBeGreaterThan(inBatches!);
    expect(inBatches).toBeGreaterThan(byTheHundred!);
  });
});

describe('the free tier', () => {
  const line = (price: string, count: number, dollars: number) => ({
    what: price,
    unit: '',
    dev: true,
    price,
    count,
    dollars,
  });

  it('is taken off what it covers, over all lines of one price, and off nothing else', () => {
    expect(afterFreeTier([line('alarmMetricMonth', 21, 2.1)])).toBeCloseTo(1.1, 9);
    expect(afterFreeTier([line('sqsRequest', 600_000, 0.24), line('sqsRequest', 600_000, 0.24)])).toBeCloseTo(0.08, 9);
    expect(afterFreeTier([line('dynamoDbReadUnit', 86_400, 0.01)])).toBe(0.01);
  });
});
