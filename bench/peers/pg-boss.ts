/** pg-boss's part: `produce` fills its queue, `work` empties it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFrom } from '../installed.ts';
import { answer, type Data, partOfArguments, recorder } from './part.ts';

interface Job {
  readonly id: string;
  readonly data: Data;
}

/** What is used of the package, which is not among the project's. */
interface PgBossModule {
  readonly PgBoss: new (
    options: object,
  ) => {
    start(): Promise<unknown>;
    createQueue(name: string, options: object): Promise<void>;
    send(name: string, data: Data): Promise<unknown>;
    insert(name: string, jobs: readonly { data: Data }[]): Promise<unknown>;
    work(name: string, options: object, run: (jobs: readonly Job[]) => Promise<unknown>): Promise<unknown>;
    stop(options: object): Promise<void>;
  };
}

const { role, part } = partOfArguments();
const { PgBoss } = (await loadFrom(part.packages, 'pg-boss')) as PgBossModule;
const boss = new PgBoss({ connectionString: part.url, useListenNotify: true });
await boss.start();
await boss.createQueue(part.queue, { notify: true });

if (role === 'produce') {
  if (part.everyMs === 0)
    await boss.insert(
      part.queue,
      Array.from({ length: part.jobs }, () => ({ data: { at: Date.now() } })),
    );
  else
    for (let i = 0; i < part.jobs; i++) {
      await boss.send(part.queue, { at: Date.now() });
      await sleep(part.everyMs);
    }
  await boss.stop({ graceful: false });
  process.exit(0);
} else {
  const record = recorder(part);
  // Batches without a pause, and an end for each job of its own, as SQS and Lambda give.
  const options = { batchSize: part.atOnce, burstWhenBatchFull: true, perJobResults: true };
  await boss.work(part.queue, options, (jobs) =>
    Promise.all(
      jobs.map(async ({ id, data }) => {
        record.began(data);
        if (part.taskMs > 0) await sleep(part.taskMs);
        record.ended();
        return { id, status: 'completed', output: { done: true } };
      }),
    ),
  );
  answer(await record.all);
}
