import type { Engine } from './engine.ts';
import { enqueue } from './enqueue.ts';
import { StintError, toError } from './errors.ts';
import { fieldErrors, fieldsInWords, jsonPath } from './fields.ts';
import { fingerprint } from './ids.ts';
import type { Cron } from './ports.ts';
import type { AnyTask, Schedule } from './task.ts';

/** A sweep that was away for less than this makes up for the ticks it missed; older ones are left out. */
const LOOK_BACK_MS = 15 * 60_000;

/** Jobs are made so long before their tick, so that each starts at its second although the sweep comes once a minute. */
const LOOK_AHEAD_MS = 2 * 60_000;

/** Jobs that are made at once: a hook that hangs keeps few others waiting. */
const AT_ONCE = 10;

/** What earlier passes of this process have seen to. */
export interface Passed {
  /** Up to when every tick has its job, in epoch milliseconds. */
  readonly until: number;
  /** Later ticks that have theirs, by name. */
  readonly made: ReadonlyMap<string, number>;
}

/** Of a process that has made no pass yet. */
export const NOTHING_PASSED: Passed = { until: 0, made: new Map() };

/** One tick of one schedule. */
interface Tick {
  /** Tells it from every other. */
  readonly name: string;
  readonly task: AnyTask;
  readonly schedule: Schedule;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Makes the jobs of the ticks that are near, one for each tick of each schedule, the earliest first.
 *
 * A job's id is derived from the schedule and the tick, so two sweeps, or one that looks twice, make one job.
 * @param stopAt epoch milliseconds after which no further job is begun. What is under way may take as long as a hook
 * @returns what the next pass need not look at; what failed, or had no time, it does again
 */
export async function enqueueTicks(
  engine: Engine,
  cron: Pick<Cron, 'ticks'>,
  passed: Passed,
  stopAt: number,
): Promise<Passed> {
  const now = engine.clock.now();
  const to = now + LOOK_AHEAD_MS;
  const near = ticksBetween(engine, cron, Math.max(passed.until, now - LOOK_BACK_MS), to);
  const made = new Map(passed.made);
  const missing = () => near.filter(({ name }) => !made.has(name));
  const todo = missing();
  for (let i = 0; i < todo.length && engine.clock.now() < stopAt; i += AT_ONCE)
    await Promise.all(
      todo.slice(i, i + AT_ONCE).map(async (tick) => {
        if (await enqueueTick(engine, tick)) made.set(tick.name, tick.at);
      }),
    );
  const [first] = missing();
  if (first === undefined) return { until: to, made: new Map() };
  return { until: first.at - 1, made: new Map([...made].filter(([, at]) => at >= first.at)) };
}

function ticksBetween(engine: Engine, cron: Pick<Cron, 'ticks'>, from: number, to: number): Tick[] {
  const ticks: Tick[] = [];
  for (const task of engine.tasks.all)
    for (const schedule of task.schedules) {
      const parts = [task.name, schedule.cron, schedule.timeZone ?? 'UTC', fingerprint(schedule.input)];
      for (const at of cron.ticks(schedule, from, to))
        ticks.push({ name: [...parts, new Date(at).toISOString()].join(' '), task, schedule, at });
    }
  return ticks.sort((a, b) => a.at - b.at);
}

async function enqueueTick(engine: Engine, { name, task, schedule, at }: Tick): Promise<boolean> {
  const tick = new Date(at).toISOString();
  try {
    // The spaces keep these keys apart from those of callers, whose header takes visible characters only.
    const options = { idempotencyKey: `schedule ${name}`, scheduledAt: new Date(at) };
    const input = structuredClone(schedule.input); // a hook may change it, but not that of the ticks to come
    const job = await enqueue(engine, task.name, input, options);
    if (!job.deduplicated) engine.log.info('scheduled', { job_id: job.jobId, task_name: task.name, tick });
    return true;
  } catch (error) {
    if (error instanceof StintError && error.code === 'conflict') return true; // its job is there, with what a hook made of its input then
    engine.log.error('tick not enqueued', { task_name: task.name, tick, error: toError(error).message });
    return false;
  }
}

/**
 * Checks the schedules of all tasks, when the stack is built rather than at the first tick.
 * @throws StintError `invalid_definition` naming the task and the pattern
 */
export function checkSchedules(tasks: readonly AnyTask[], cron: Cron): void {
  for (const task of tasks)
    for (const schedule of task.schedules) {
      const refuse = (problem: string, cause?: unknown): never => {
        const message = `Task '${task.name}', schedule '${schedule.cron}': ${problem}`;
        throw new StintError('invalid_definition', message, { cause });
      };
      if (nextTick(cron, schedule, refuse) === undefined) refuse('it never comes due: no year has such a day.');
      const error = misfit(task, schedule);
      if (error !== undefined)
        refuse(`its input does not fit the task. ${fieldsInWords(fieldErrors(error, jsonPath))}`);
    }
}

/** What is wrong with the input of a schedule. Of a schema that answers later, the tick tells. */
function misfit({ input }: AnyTask, schedule: Schedule) {
  try {
    return input.safeParse(schedule.input).error;
  } catch {
    return undefined;
  }
}

function nextTick(cron: Cron, schedule: Schedule, refuse: (problem: string, cause: unknown) => never) {
  try {
    return cron.next(schedule, 0);
  } catch (error) {
    return refuse(toError(error).message, error);
  }
}
