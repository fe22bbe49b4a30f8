/** BullMQ's part: `produce` fills its queue, `work` empties it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFrom } from '../installed.ts';
import { answer, type Data, partOfArguments, recorder } from './part.ts';

/** What is used of the package, which is not among the project's. */
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: Data): Promise<unknown>;
    addBulk(jobs: readonly { name: string; data: Data }[]): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly Worker: new (name: string, run: (job: { data: Data }) => Promise<unknown>, options: object) => unknown;
}

const { role, part } = partOfArguments();
const { Queue, Worker } = (await loadFrom(part.packages, 'bullmq')) as BullMq;
const { hostname: host, port } = new URL(part.url);
const connection = { host, port: Number(port) };

if (role === 'produce') {
  const queue = new Queue(part.queue, { connection });
  const job = () => ({ name: 'job', data: { at: Date.now() } });
  if (part.everyMs === 0) await queue.addBulk(Array.from({ length: part.jobs }, job));
  else
    for (let i = 0; i < part.jobs; i++) {
      await queue.add('job', { at: Date.now() });
      await sleep(part.everyMs);
    }
  await queue.close();
} else {
  const record = recorder(part);
  const run = async ({ data }: { data: Data }) => {
    record.began(data);
    if (part.taskMs > 0) await sleep(part.taskMs);
    record.ended();
    return { done: true };
  };
  new Worker(part.queue, run, { connection, concurrency: part.atOnce });
  answer(await record.all);
}
