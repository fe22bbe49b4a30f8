import { expect, onTestFinished, test, vi } from 'vitest';
import { emfMeter } from '../../lambdas/adapters/emf-meter.ts';
import { DIMENSIONS, METRICS } from '../../lambdas/core/metrics.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { taskOf } from '../world/task-of.ts';

const NAMESPACE = 'Stint/stint-prod/Jobs';

interface Line {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit?: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

function setup() {
  const lines: string[] = [];
  const tasks = createRegistry([taskOf(), taskOf(undefined, { name: 'slow', queue: 'long' })]);
  const meter = emfMeter(NAMESPACE, tasks, { now: () => 1_767_225_600_000 }, (line) => lines.push(line));
  /** What the meter has written when it is flushed. */
  const flushed = (): Line[] => {
    lines.length = 0;
    meter.flush();
    return lines.map((line) => JSON.parse(line));
  };
  return { meter, lines, flushed };
}

test('a batch is one line: counts, and the values of each job', () => {
  const { meter, flushed } = setup();
  for (const ms of [5, 7]) {
    meter.started('work', ms);
    meter.ended('work', 'succeeded', { durationMs: 10 * ms, attempts: 1 });
  }
  meter.started('work', 9);
  meter.ended('work', 'retried', { durationMs: 90 });

  expect(flushed()).toEqual([
    {
      _aws: {
        Timestamp: 1_767_225_600_000,
        CloudWatchMetrics: [
          {
            Namespace: NAMESPACE,
            Dimensions: [['queue', 'task_name']],
            Metrics: [
              { Name: 'started' },
              { Name: 'wait_time', Unit: 'Milliseconds' },
              { Name: 'succeeded' },
              { Name: 'duration', Unit: 'Milliseconds' },
              { Name: 'attempts' },
              { Name: 'retried' },
            ],
          },
          { Namespace: NAMESPACE, Dimensions: [['queue']], Metrics: [{ Name: 'succeeded' }] },
        ],
      },
      queue: 'default',
      task_name: 'work',
      started: 3,
      wait_time: [5, 7, 9],
      succeeded: 2,
      duration: [50, 70, 90],
      attempts: [1, 1],
      retried: 1,
    },
  ]);
});

test('tasks of one batch have a line each, under the queues that are theirs', () => {
  const { meter, flushed } = setup();
  meter.started('work', 1);
  meter.started('slow', 1);

  expect(flushed().map(({ task_name, queue }) => [task_name, queue])).toEqual([
    ['work', 'default'],
    ['slow', 'long'],
  ]);
});

test('a name that is no task’s is not one more metric: whoever may send a message could make them without end', () => {
  const { meter, flushed } = setup();
  for (const name of ['made_up', 'another', 'constructor']) meter.ended(name, 'failed');

  expect(flushed()).toMatchObject([{ task_name: 'unknown', queue: 'unknown', failed: 3 }]);
});

test('each line is a document that CloudWatch takes: every metric and dimension that it names is there', () => {
  const { meter, flushed } = setup();
  for (let i = 0; i < 150; i++) meter.started('work', i);
  for (const how of ['succeeded', 'failed', 'retried', 'aborted'] as const)
    meter.ended('work', how, { durationMs: 1, attempts: 1 });
  const [line] = flushed();

  for (const { Dimensions, Metrics } of line!._aws.CloudWatchMetrics) {
    for (const name of Dimensions.flat()) expect(line).toHaveProperty(name, expect.any(String));
    for (const { Name } of Metrics) {
      const values = [line![Name]].flat();
      expect(values.every(Number.isFinite), Name).toBe(true);
      expect(values.length, Name).toBeLessThanOrEqual(100);
    }
  }
  const named = line!._aws.CloudWatchMetrics[0]!;
  expect(named.Dimensions).toEqual([DIMENSIONS]);
  expect(named.Metrics.map(({ Name }) => Name).sort()).toEqual(Object.keys(METRICS).sort());
  expect(line!.started).toBe(150);
});

test('what nobody measured is not a value', () => {
  const { meter, flushed } = setup();
  meter.started('work', undefined);
  meter.ended('work', 'aborted', { durationMs: Number.NaN });

  const [line] = flushed();
  expect(line).not.toHaveProperty('wait_time');
  expect(line).not.toHaveProperty('duration');
  expect(line!._aws.CloudWatchMetrics[0]!.Metrics).toEqual([{ Name: 'started' }, { Name: 'aborted' }]);
});

test('what was written is not written again, and nothing is nothing', () => {
  const { meter, lines, flushed } = setup();
  expect(flushed()).toEqual([]);
  meter.started('work', 1);
  expect(flushed()).toHaveLength(1);
  expect(flushed()).toEqual([]);
  expect(lines).toEqual([]);
});

/** Its bytes are all that a line costs, at $0.50 a GB. */
test('a line stays small: of a job that runs alone, and of a batch of ten', () => {
  const bytes = (jobs: number) => {
    const { meter, lines } = setup();
    for (let i = 0; i < jobs; i++) {
      meter.started('work', 1_234);
      meter.ended('work', 'succeeded', { durationMs: 1_234, attempts: 1 });
    }
    meter.flush();
    expect(lines).toHaveLength(1);
    expect(lines[0]!.endsWith('}\n')).toBe(true);
    return Buffer.byteLength(lines[0]!);
  };

  expect(bytes(1)).toBeLessThan(520);
  expect(bytes(10)).toBeLessThan(620);
});

test('lines go past the console: wrapped in JSON of Lambda’s they would be no metrics', () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const wrapped = (['debug', 'info', 'log', 'warn', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockReturnValue(),
  );
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

  const meter = emfMeter(NAMESPACE, createRegistry([taskOf()]), { now: () => 0 });
  meter.started('work', 1);
  meter.flush();

  expect(written.mock.calls.map(([line]) => Object.keys(JSON.parse(String(line)))[0])).toEqual(['_aws']);
  for (const method of wrapped) expect(method).not.toHaveBeenCalled();
});
