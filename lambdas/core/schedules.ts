import type { Engine } from './engine.ts';
import { enqueue } from './enqueue.ts';
import { StintError, toError } from './errors.ts';
import { fingerprint } from './ids.ts';
import type { Cron } from './ports.ts';
import type { AnyTask, Schedule } from './task.ts';

/** A sweep that was away for less than this makes up for the ticks it missed; older ones are left out. */
const LOOK_BACK_MS = 15 * 60_000;

/** Jobs are made so long before their tick, so that each starts at its second although the sweep comes once a minute. */
const LOOK_AHEAD_MS = 2 * 60_000;

/**
 * Makes the jobs of the ticks that are near, one for each tick of each schedule.
 *
 * A job's id is derived from the schedule and the tick, so two sweeps, or one that looks twice, make one job.
 * @param since up to when an earlier pass of this process looked; 0 for none
 * @returns up to when this pass looked: the next one's `since`
 */
export async function enqueueTicks(engine: Engine, cron: Cron, since: number): Promise<number> {
  const now = engine.clock.now();
  const from = Math.max(since, now - LOOK_BACK_MS);
  const to = now + LOOK_AHEAD_MS;
  let complete = true;
  for (const task of engine.tasks.all)
    for (const schedule of task.schedules)
      for (const tick of cron.ticks(schedule, from, to))
        complete = (await enqueueTick(engine, task, schedule, tick)) && complete;
  return complete ? to : since; // what failed is tried again by the next pass
}

async function enqueueTick(engine: Engine, task: AnyTask, schedule: Schedule, tick: number): Promise<boolean> {
  const time = new Date(tick).toISOString();
  const parts = [task.name, schedule.cron, schedule.timeZone ?? 'UTC', fingerprint(schedule.input), time];
  try {
    // The spaces keep these keys apart from those of callers, whose header takes visible characters only.
    const options = { idempotencyKey: `schedule ${parts.join(' ')}`, scheduledAt: new Date(tick) };
    const job = await enqueue(engine, task.name, schedule.input, options);
    if (!job.deduplicated) engine.log.info('scheduled', { job_id: job.jobId, task_name: task.name, tick: time });
    return true;
  } catch (error) {
    engine.log.error('tick not enqueued', { task_name: task.name, tick: time, error: toError(error).message });
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
      try {
        cron.ticks(schedule, 0, 1);
      } catch (error) {
        const problem = toError(error).message;
        throw new StintError('invalid_definition', `Task '${task.name}', schedule '${schedule.cron}': ${problem}`, {
          cause: error,
        });
      }
      if (!task.input.safeParse(schedule.input).success)
        throw new StintError(
          'invalid_definition',
          `Task '${task.name}', schedule '${schedule.cron}': its input does not fit the task.`,
        );
    }
}
