/**
 * Whether a worker's memory stays flat: `npm run bench:memory [-- jobs] [-- --write]`. One process, the real queue handler and
 * engine on ports in memory, emptied as it goes, so that what grows is kept by nobody but Stint.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { queueHandler } from '../../lambdas/adapters/lambda/queue-handler.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { systemChance, systemClock } from '../../lambdas/adapters/system.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import type { Log } from '../../lambdas/core/ports.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { machine, publish, table } from '../figures.ts';

const JOBS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 50_000);
const SLICES = 10;
const BATCH = 10;
/** Of the heap, for each job after the first slice: a single kept promise is more. */
const MOST_BYTES_A_JOB = 16;

const gc = globalThis.gc ?? missingGc();
function missingGc(): never {
  throw new Error('Run it as `npm run bench:memory`: node needs --expose-gc.');
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

const KINDS = ['returns', 'returns', 'returns', 'returns', 'talks', 'reports', 'throws once', 'gives up'] as const;
const TEXT = 'x'.repeat(2_000);

const mixed = defineTask({
  name: 'mixed',
  input: z.object({ kind: z.enum(KINDS), text: z.string() }),
  output: z.string(),
  backoff: { initialSeconds: 0, maxSeconds: 0 },
  run: async (ctx, { kind, text }) => {
    await turn();
    if (kind === 'throws once' && ctx.attempt === 1) throw new Error('not yet');
    if (kind === 'gives up') throw new NonRetryableError('it never will');
    if (kind === 'reports') await ctx.progress(0.5, 'half');
    return kind === 'talks' ? TEXT : text;
  },
});

const store = memoryJobStore();
const payloads = memoryPayloads();
const queues = memoryQueues(['default'], systemClock);
const shutdown = new AbortController().signal;
const engine: Engine = {
  tasks: createRegistry([mixed]),
  hooks: { beforeProcess: async () => undefined, afterProcess: () => undefined },
  state: {},
  shutdown,
  store,
  payloads,
  queues,
  clock: systemClock,
  chance: systemChance,
  log: silent,
};
const handler = queueHandler({} as SQSClient, '', systemClock, (delivery, end) =>
  deliver(engine, { queue: 'default', maxReceiveCount: 100 }, delivery, end),
);
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

/** Jobs to their ends, a batch at a time; then the ports forget them. */
async function run(count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    for (let i = 0; i < BATCH; i++)
      await enqueue(engine, 'mixed', { kind: KINDS[(done + i) % KINDS.length], text: i % 2 === 0 ? 'short' : TEXT });
    for (;;) {
      const taken = queues.take('default', BATCH, 65);
      if (taken.length === 0) break;
      const Records = taken.map(
        ({ delivery }) =>
          ({
            messageId: delivery.messageId,
            receiptHandle: '',
            body: delivery.body,
            attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(delivery.sentAt) },
          }) as SQSRecord,
      );
      const { batchItemFailures } = await handler({ Records }, context);
      if (batchItemFailures.length > 0) throw new Error('A message was left.');
      for (const { message } of taken) queues.remove('default', message);
    }
    for (const { status } of store.records.values())
      if (status !== 'complete' && status !== 'failed') throw new Error(`A job is ${status}.`);
    store.records.clear();
    payloads.stored.clear();
    queues.deadLetters.length = 0;
  }
}

interface Memory {
  readonly heap: number;
  readonly rss: number;
}

async function memory(): Promise<Memory> {
  for (let i = 0; i < 3; i++) {
    gc();
    await turn();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

const MIB = 2 ** 20;
const size = JOBS / SLICES;
const began = performance.now();
const after: Memory[] = [];
for (let slice = 0; slice < SLICES; slice++) {
  await run(size);
  after.push(await memory());
}
const seconds = (performance.now() - began) / 1000;
const [first, last] = [after[0]?.heap ?? 0, after.at(-1)?.heap ?? 0];
const perJob = (last - first) / (JOBS - size);
const mix = [...new Set(KINDS)].map(
  (kind) => `${KINDS.filter((each) => each === kind).length}/${KINDS.length} ${kind}`,
);
publish(
  'endurance',
  'memory',
  `${[
    `${JOBS.toLocaleString('en')} jobs in one process (${mix.join(', ')}; half with inputs of ${TEXT.length / 1000} kB): ${machine()}.`,
    `${Math.round(JOBS / seconds).toLocaleString('en')} jobs/s. Heap and what it holds outside, after garbage collection:`,
  ].join('\n')}\n\n${table(
    ['after jobs', 'heap MiB', 'rss MiB'],
    after.map(({ heap, rss }, i) => [
      ((i + 1) * size).toLocaleString('en'),
      (heap / MIB).toFixed(2),
      (rss / MIB).toFixed(0),
    ]),
  )}\n\nGrowth after the first ${size.toLocaleString('en')} jobs: ${perJob.toFixed(1)} bytes a job`,
);
if (perJob > MOST_BYTES_A_JOB) {
  console.error(`The worker's memory grows: over ${MOST_BYTES_A_JOB} bytes a job.`);
  process.exitCode = 1;
}
