import * as z from 'zod';
import { abort } from '../../lambdas/core/abort.ts';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { CancelError, NonRetryableError, RetryAfterError } from '../../lambdas/core/errors.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { type AnyTask, defineTask } from '../../lambdas/core/task.ts';
import { on } from '../world/invocation.ts';
import { type World, world } from '../world/world.ts';

/** What the task of a scene is asked to do. */
type Wish = 'return' | 'talk' | 'throw' | 'wait an hour' | 'refuse' | 'cancel' | 'have a child';
interface Asked {
  readonly wish: Wish;
  readonly text?: string;
}

const LONG = 'x'.repeat(1_000);

/** The task of every scene, as the version that wrote it had it. */
export const work: AnyTask = defineTask({
  name: 'work',
  input: z.object({ wish: z.string(), text: z.string().optional() }),
  output: z.unknown(),
  maxAttempts: 3,
  run: async (ctx: TaskContext, asked): Promise<unknown> => {
    switch (asked.wish as Wish) {
      case 'throw':
        throw new Error('it went wrong');
      case 'wait an hour':
        throw new RetryAfterError(3_600);
      case 'refuse':
        throw new NonRetryableError('it never will');
      case 'cancel':
        throw new CancelError('nobody wants it');
      case 'talk':
        return LONG;
      case 'have a child':
        return ctx.enqueue(work, { wish: 'return' });
      case 'return':
        return { text: asked.text ?? null };
    }
  },
});

const ask = (w: World, wish: Wish, options = {}, text?: string) => {
  const asked: Asked = { wish, ...(text === undefined ? {} : { text }) };
  return enqueue(w.engine, 'work', asked, options).then(({ jobId }) => jobId);
};
const everything = {
  userId: 'user-1',
  projectId: 'project-1',
  tags: ['red', 'blue'],
  maxAttempts: 2,
  idempotencyKey: 'order-1',
};

/** Each leaves one job in a certain state, as a deploy may find it. Answers the job's id. */
export const SCENES = {
  /** Its record and its message are there: nothing has received it. */
  queued: (w) => ask(w, 'return', {}, 'hello'),
  /** Every option that an enqueue can carry in its message. */
  'queued with every option': (w) => ask(w, 'return', everything),
  /** The record was never put: the message makes it. */
  'message without a record': async (w) => {
    const id = await ask(w, 'return', everything);
    w.records.delete(id);
    return id;
  },
  'queued with a large input': (w) => ask(w, 'return', {}, LONG),
  delayed: (w) => ask(w, 'return', { delaySeconds: 600 }),
  /** Further away than SQS can delay: no message yet. */
  scheduled: (w) => ask(w, 'return', { delaySeconds: 86_400 }),
  keyed: (w) => ask(w, 'return', { key: 'customer-1' }),
  /** Its first attempt failed; the message of the next is delayed. */
  'waiting for a retry': async (w) => {
    const id = await ask(w, 'throw');
    await w.work();
    return id;
  },
  /** Its task asked for an hour: the sweep sends it. */
  'waiting for a late retry': async (w) => {
    const id = await ask(w, 'wait an hour');
    await w.work();
    return id;
  },
  /** A worker holds it, or died with it: a deploy cannot tell. */
  active: async (w) => {
    const id = await ask(w, 'return');
    await w.work({ faults: on('complete', 'crash before') });
    return id;
  },
  'active in its last attempt': async (w) => {
    const id = await ask(w, 'return', { maxAttempts: 1 });
    await w.work({ faults: on('complete', 'crash before') });
    return id;
  },
  aborting: async (w) => {
    const id = await ask(w, 'return');
    await w.work({ faults: on('complete', 'crash before') });
    await abort(w.engine, id);
    return id;
  },
  aborted: async (w) => {
    const id = await ask(w, 'return');
    await abort(w.engine, id);
    return id;
  },
  cancelled: async (w) => {
    const id = await ask(w, 'cancel');
    await w.work();
    return id;
  },
  /** Its message was doubled: a copy is still there. */
  complete: async (w) => {
    const id = await ask(w, 'return', {}, 'hello');
    w.duplicate(w.messages()[0] ?? expectMessage());
    await w.work();
    return id;
  },
  'complete with a large result': async (w) => {
    const id = await ask(w, 'talk');
    await w.work();
    return id;
  },
  /** Its envelope lies on dead-letters. */
  failed: async (w) => {
    const id = await ask(w, 'refuse');
    await w.work();
    return id;
  },
  /** A worker wrote `failed` and died: the message is still there, the envelope is not. */
  'failed without an envelope': async (w) => {
    const id = await ask(w, 'refuse');
    await w.work({ faults: on('bury', 'crash before') });
    return id;
  },
  'failed as undeliverable': async (w) => {
    const id = await ask(w, 'return');
    moveToUndeliverable(w);
    await w.bury();
    return id;
  },
  /** No worker could claim it; the bury function has not seen it. */
  undeliverable: async (w) => {
    const id = await ask(w, 'return');
    moveToUndeliverable(w);
    return id;
  },
  'retried by hand': async (w) => {
    const id = await ask(w, 'refuse');
    await w.work();
    await retryJob(w.engine, id);
    return id;
  },
  /** Retried by hand, and its worker died: its old envelope still lies on dead-letters. */
  'active after a retry by hand': async (w) => {
    const id = await ask(w, 'refuse');
    await w.work();
    await retryJob(w.engine, id);
    await w.work({ faults: on('fail', 'crash before') });
    return id;
  },
  /** Enqueued by another job. */
  child: async (w) => {
    const parent = await ask(w, 'have a child', { userId: 'user-1' });
    await w.work();
    w.records.delete(parent);
    return [...w.records.keys()][0] ?? expectMessage();
  },
  /** What another AWS service sent. Its job has no record yet. */
  foreign: async (w) => {
    const body = { task_name: 'work', input: { wish: 'return', text: 'from EventBridge' }, tags: ['red'] };
    await w.queues.send('default', JSON.stringify(body), 0);
    return undefined;
  },
} as const satisfies Record<string, (w: World) => Promise<string | undefined>>;

export type SceneName = keyof typeof SCENES;

/** Plays a scene on a world of its own, always at the same time, with the same ids. */
export async function play(name: SceneName): Promise<{ w: World; jobId: string | undefined }> {
  const w = world({ tasks: [work] });
  const jobId = await SCENES[name](w);
  return { w, jobId };
}

/** SQS's own move, after too many deliveries. */
function moveToUndeliverable(w: World): void {
  const jobs = w.queues.queues.get('default') ?? [];
  for (const message of jobs.splice(0)) w.queues.queues.get('undeliverable')?.push({ ...message, receiveCount: 0 });
}

function expectMessage(): never {
  throw new Error('The scene has gone wrong: what it made is not there.');
}
