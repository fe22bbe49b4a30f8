import type { Context } from 'aws-lambda';
import { toError } from '../../core/errors.ts';
import { enqueueTicks } from '../../core/schedules.ts';
import { sweep, tidyDeadLetters } from '../../core/sweep.ts';
import { cron } from '../cron.ts';
import { functionEngine, type Project } from './engine.ts';

/** Kept back from the function's time for the calls that are under way. */
const MARGIN_MS = 10_000;

/** The Lambda of a minute's tick: makes the jobs of cron ticks, sends the jobs that come due, tidies `dead-letters`. A late or doubled tick does no harm. */
export function sweepHandler(project: Project): (event: unknown, context: Context) => Promise<void> {
  const engine = functionEngine(project);
  let scheduledUntil = 0;
  return async (_event, context) => {
    const stopAt = engine.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    try {
      scheduledUntil = await enqueueTicks(engine, cron, scheduledUntil);
      const sent = await sweep(engine, stopAt);
      const removed = await tidyDeadLetters(engine, engine.deadLetters, stopAt);
      engine.log[sent + removed > 0 ? 'info' : 'debug']('swept', { sent, removed });
    } catch (thrown) {
      const error = toError(thrown);
      engine.log.error('sweep failed, the next tick goes on', { error: error.message, stack: error.stack });
      throw error; // counted by the function's error metric; the tick is not retried
    }
  };
}
