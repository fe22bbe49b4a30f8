import { queues } from '../../lambdas/queues.ts';
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { type Bill, billOf, type Run } from './bill.ts';
import { startMeter } from './meter.ts';
import { startStint } from './stint.ts';

/** Of the functions in lib/api.ts and lib/sweep.ts, and of the worker in lambdas/queues.ts. */
export const MEMORY_MB = { api: 256, worker: queues.default.memoryMb, sweep: 256 };

/**
 * Billed milliseconds of a warm invocation, rounded up from: two rounds of calls at 5 to 10 ms within a region, and the CPU
 * that bench:cpu measures, stretched by the function's share of a core (256 MB of 1,769).
 */
export const ASSUMED_MS = {
  call: 20,
  batchOf100: 250,
  workerBatchOf10: 40,
  workerAlone: 20,
  list: 40,
  sweep: 200,
} as const;

const WAIT_SECONDS = 20;

/** What can be done with a stack, by name. */
export type OperationName =
  | 'enqueue'
  | 'enqueueOfHundred'
  | 'runAlone'
  | 'run'
  | 'retry'
  | 'bury'
  | 'schedule'
  | 'sweep'
  | 'get'
  | 'list'
  | 'longPoll';

export interface Operation {
  readonly name: OperationName;
  readonly what: string;
  readonly bill: Bill;
}

/** Does each operation once, with our own functions in this process, an emulator, and a meter between. Takes half a minute, most of it the long poll. */
export async function measureOperations(): Promise<readonly Operation[]> {
  await using cleanup = new AsyncDisposableStack();
  const emulator = await startTemporaryEmulator('bench-cost-emulator');
  cleanup.defer(() => emulator.stop());
  const meter = await startMeter(emulator.endpoint);
  cleanup.defer(() => meter.close());
  const stint = await startStint(emulator.endpoint, meter.endpoint);

  const operations: Operation[] = [];
  const measure = async (name: OperationName, what: string, run: Run, code: () => Promise<unknown>) => {
    operations.push({ name, what, bill: billOf(await meter.of(code), run) });
  };
  const api = (ms: number): Run => ({ api: 1, ms, memoryMb: MEMORY_MB.api });
  const enqueue = (task: string, body: object = {}) =>
    stint.call(`POST /tasks/${task}/jobs`, { input: { n: 1 }, ...body });
  const enqueueMany = (count: number, task_name = 'plain', input: unknown = { n: 1 }) =>
    stint.call('POST /jobs/batch', { jobs: Array.from({ length: count }, () => ({ task_name, input })) });
  const received = async (jobs: number) => {
    const batches = await stint.receive();
    const [batch = []] = batches;
    if (batches.length !== Math.ceil(jobs / 10) || batch.length !== Math.min(jobs, 10))
      throw new Error(`Messages of ${jobs} jobs came as ${batches.map(({ length }) => length)}.`);
    return batches;
  };
  const workAll = async (batches: Awaited<ReturnType<typeof received>>) => {
    for (const batch of batches) await stint.work(batch);
  };
  const newestJob = async () => {
    const [first] = (await stint.call('GET /jobs?limit=1')).jobs as { job_id: string }[];
    if (first === undefined) throw new Error('The list is empty.');
    return first.job_id;
  };

  await meter.of(() => enqueue('plain')); // sets up connections, and runs the startup hooks
  await meter.of(async () => workAll(await received(1)));

  await measure('enqueue', 'enqueue, one job', api(ASSUMED_MS.call), () => enqueue('plain'));
  const [alone = []] = await received(1);
  const aloneRun = { worker: 1, ms: ASSUMED_MS.workerAlone, memoryMb: MEMORY_MB.worker };
  await measure('runAlone', 'run, a batch of one', aloneRun, () => stint.work(alone));
  await measure('enqueueOfHundred', 'enqueue, a job of 100', { ...api(ASSUMED_MS.batchOf100), per: 100 }, () =>
    enqueueMany(100),
  );
  const hundred = await received(100);
  const batches = { worker: 10, ms: 10 * ASSUMED_MS.workerBatchOf10, memoryMb: MEMORY_MB.worker, per: 100 };
  await measure('run', 'run, a job of full batches of 10', batches, () => workAll(hundred));
  await meter.of(() => enqueueMany(10, 'fails_once'));
  const failing = await received(10);
  const batch = { worker: 1, ms: ASSUMED_MS.workerBatchOf10, memoryMb: MEMORY_MB.worker, per: 10 };
  await measure('retry', 'an attempt that fails and is retried', batch, () => workAll(failing));
  await meter.of(async () => workAll(await received(10)));
  await meter.of(() => enqueueMany(10, 'fails_once', 'for good'));
  const hopeless = await received(10);
  await measure('bury', 'an attempt that fails for good', batch, () => workAll(hopeless));
  await stint.removeDeadLetters();

  await measure('schedule', 'schedule, in more than 15 minutes', api(ASSUMED_MS.call), () =>
    enqueue('plain', { delay_seconds: 3_600 }),
  );
  for (let i = 1; i < 20; i++) await meter.of(() => enqueue('plain', { delay_seconds: 3_600 }));
  const now = Date.now;
  Date.now = () => now() + 3_500_000; // the sweep sends them, some moments ahead of their time
  const sweep = { ms: ASSUMED_MS.sweep, memoryMb: MEMORY_MB.sweep, per: 20 };
  await measure('sweep', 'a sweep that sends 20 of these, each of 20', sweep, () => stint.sweep());
  Date.now = now;

  const sought = await newestJob();
  await measure('get', 'get a job', api(ASSUMED_MS.call), () => stint.call(`GET /jobs/${sought}`));
  await measure('list', 'list page of 20 jobs, two tasks', api(ASSUMED_MS.list), () => stint.call('GET /jobs'));
  await meter.of(() => enqueue('plain', { delay_seconds: 600 }));
  const waiting = await newestJob();
  await measure('longPoll', `long poll, ${WAIT_SECONDS} s waited`, api(WAIT_SECONDS * 1000), () =>
    stint.call(`GET /jobs/${waiting}?wait=${WAIT_SECONDS}`),
  );
  return operations;
}
