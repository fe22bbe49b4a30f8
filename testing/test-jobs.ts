import { cron } from '../lambdas/adapters/cron.ts';
import { abort } from '../lambdas/core/abort.ts';
import { checkQueues } from '../lambdas/core/check-queues.ts';
import type { Engine } from '../lambdas/core/engine.ts';
import { enqueue } from '../lambdas/core/enqueue.ts';
import { runHooks } from '../lambdas/core/hooks.ts';
import { type RedriveOrder, redrive } from '../lambdas/core/redrive.ts';
import { retryJob } from '../lambdas/core/retry-job.ts';
import { checkSchedules } from '../lambdas/core/schedules.ts';
import type { AnyTask, OutputOf } from '../lambdas/core/task.ts';
import { checkRedact } from '../lambdas/http/openapi/check-redact.ts';
import { driver } from './driver.ts';
import { millis } from './duration.ts';
import { findEnqueued } from './expect-enqueued.ts';
import { type FaultPlan, planOf, RUN, type Strike } from './faults.ts';
import { currentInvocation } from './invocation.ts';
import type { Kit, KitOptions, Named } from './kit.ts';
import { leftOver } from './left-over.ts';
import { realWork } from './real-work.ts';
import { type RunOutcome, runAlone } from './run-alone.ts';
import { ticksOf } from './ticks.ts';
import { viewOf } from './view.ts';
import { workersOf } from './workers.ts';
import { MAX_RECEIVE_COUNT, world } from './world.ts';

const LONGEST_DRAIN = '30d';
const LEAST_TIMEOUT_SECONDS = 60;

/**
 * A job system in memory for tests of tasks: no AWS, no waiting.
 *
 * Only the clock and the ports are other than in production. Independent of the test runner.
 * @throws StintError `invalid_definition` for tasks, schedules or queues that a deploy would refuse; TypeError for a `now` that is no time
 */
export function testJobs<const Tasks extends readonly AnyTask[]>(options: KitOptions<Tasks>): Kit<Tasks> {
  return kitUnder(options, undefined);
}

/** @param watch sees every call of the workers, and may strike where the plan of faults does not */
export function kitUnder<const Tasks extends readonly AnyTask[]>(
  options: KitOptions<Tasks>,
  watch: Strike | undefined,
): Kit<Tasks> {
  const { tasks, hooks = {} } = options;
  if (Number.isNaN(options.now?.getTime())) throw new TypeError("The kit's `now` is no valid date.");
  checkSchedules(tasks, cron);
  checkRedact(tasks);
  if (options.queues !== undefined) checkQueues(tasks, options.queues, MAX_RECEIVE_COUNT);
  const timeouts = timeoutsOf(options);
  const stop = new AbortController();
  const w = world({
    tasks,
    hooks: { ...hooks, beforeProcess: [...listOf(hooks.beforeProcess), comesToRun] },
    queues: [...timeouts.keys()],
    shutdown: stop.signal,
    ...(options.now === undefined ? {} : { start: options.now.getTime() }),
  });
  const { engine, clock } = w;
  const plan = planOf(options.faults ?? {});
  const workers = workersOf(w, plan, watch, timeouts);
  const ticks = ticksOf(engine);
  const real = realWork();
  const drive = driver(w, {
    work: workers.work,
    minute: async () => {
      await w.sweep();
      await w.tidy();
    },
    prepare: async () => {
      await ticks.pass();
      await workers.prepare();
    },
    isBusy: async () => {
      if (drive.running > 0) return real.isBusy(w.callsBegun);
      real.rest();
      return false;
    },
    next: ticks.next,
  });
  real.rest();

  let isUnderWay = false;
  const alone = async (faults: FaultPlan, act: () => Promise<void>): Promise<void> => {
    if (stop.signal.aborted) throw new Error('This kit is closed.');
    if (isUnderWay) throw new Error('A drain or advance is still under way: await it first.');
    const plan = planOf(faults);
    isUnderWay = true;
    try {
      await workers.under(plan, act);
    } finally {
      isUnderWay = false;
      await w.expire();
    }
  };
  const { records, job, jobs, enqueued, deadLetters } = viewOf(w);

  return {
    enqueue: (taskName, ...[input, asked]) => enqueue(engine, taskName, input, asked),
    drain: ({ within = LONGEST_DRAIN, faults = {} } = {}) =>
      alone(faults, async () => {
        if (!(await drive.goOn(clock.now() + millis(within), 'stop'))) throw leftOver(within, records(), clock.now());
        workers.checkKills();
      }),
    advance: (duration, { faults = {} } = {}) =>
      alone(faults, async () => {
        const span = millis(duration);
        if (span < 0) throw new RangeError(`Time does not go back: '${duration}'.`);
        await drive.goOn(clock.now() + span, 'wait');
      }),
    async run(taskName, ...[input, asked]) {
      const task = engine.tasks.find(taskName);
      if (task === undefined) throw new Error(`There is no task '${taskName}' in this kit.`);
      const state = asked?.state ?? (await workers.stateOf(task.queue));
      const outcome = await runAlone(engine, task, input, { ...asked, state });
      return outcome as RunOutcome<OutputOf<Named<Tasks, typeof taskName>>>;
    },
    job,
    jobs,
    expectEnqueued: (taskName, input) => findEnqueued(enqueued(), taskName, input),
    abort: async (jobId) => void (await abort(engine, jobId)),
    retry: async (jobId) => void (await retryJob(engine, jobId)),
    redrive: (order = { all: true }) => redriveAll(engine, order),
    deadLetters,
    now: () => clock.now(),
    logs: w.logs,
    struck: workers.struck,
    async close() {
      if (stop.signal.aborted) return;
      stop.abort();
      await w.quiet();
      for (const state of await workers.states()) await runHooks(engine, 'shutdown', { state, log: engine.log });
    },
  };
}

/** A call redrives so many at most. */
async function redriveAll(engine: Engine, order: RedriveOrder): Promise<readonly string[]> {
  const { jobs, left } = await redrive(engine, order);
  const failed = jobs.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw failed.error;
  const jobIds = jobs.map(({ jobId }) => jobId);
  return left === 0 ? jobIds : [...jobIds, ...(await redriveAll(engine, order))];
}

const listOf = <T>(hook: T | readonly T[] | undefined): readonly T[] =>
  hook === undefined ? [] : ([hook].flat() as T[]);

/** A call between claim and task, so that a fault can come between them. */
async function comesToRun(): Promise<void> {
  await currentInvocation.getStore()?.effect(RUN, async () => undefined);
}

/** The queues, the first for what has no other, and the timeouts of their functions in seconds. */
function timeoutsOf({ tasks, queues }: Pick<KitOptions<readonly AnyTask[]>, 'tasks' | 'queues'>): Map<string, number> {
  if (queues !== undefined)
    return new Map(Object.entries(queues).map(([name, { timeoutSeconds }]) => [name, timeoutSeconds]));
  const timeouts = new Map([['default', LEAST_TIMEOUT_SECONDS]]);
  for (const { queue, timeoutSeconds } of tasks)
    timeouts.set(queue, Math.max(timeouts.get(queue) ?? LEAST_TIMEOUT_SECONDS, timeoutSeconds + 2));
  return timeouts;
}
