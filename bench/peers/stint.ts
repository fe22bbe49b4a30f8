/** Stint's part, on no server: the worker on AWS's clients with AWS stubbed below them, or (`engine`) on a store that answers at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import en from 'zod/v4/locales/en.js';
import { itemClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { newScene, stubbedSettings } from '../cpu/stub.ts';
import { eventOf, storeThatAnswersAtOnce, workerOn } from '../cpu/worker.ts';
import { answer, partOfArguments, recorder } from './part.ts';

z.config(en());
const { role, part } = partOfArguments();
let record: ReturnType<typeof recorder> | undefined;
const job = defineTask({
  name: 'job',
  input: z.object({ at: z.number() }),
  output: z.object({ done: z.boolean() }),
  run: async (_ctx, data) => {
    record?.began(data);
    if (part.taskMs > 0) await sleep(part.taskMs);
    record?.ended();
    return { done: true };
  },
});
const scene = await newScene(job, { at: Date.now() });
const store =
  role === 'engine' ? storeThatAnswersAtOnce(scene) : dynamoDbJobStore(itemClient(stubbedSettings(scene)), 'jobs');
const worker = workerOn(store, job);
const batch = eventOf(scene, part.atOnce);
record = recorder(part);
for (let done = 0; done < part.jobs; done += part.atOnce) {
  const { batchItemFailures } = await worker(batch);
  if (batchItemFailures.length > 0) throw new Error('A message was left.');
}
answer(await record.all);
