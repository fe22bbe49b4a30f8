import type { Context } from 'aws-lambda';
import { toError } from '../../core/errors.ts';
import { enqueueTicks, NOTHING_PASSED } from '../../core/schedules.ts';
import { sweep, tidyDeadLetters } from '../../core/sweep.ts';
import { cron } from '../cron.ts';
import { functionEngine, type Project } from './engine.ts';

/** Kept back from the function's time for what is under way: a hook may take ten seconds. */
const MARGIN_MS = 11_000;
/** Kept back from the sweep proper: schedules have so long, however much there is to send. */
const TICKS_MS = 2_000;

/**
 * The Lambda of a minute's tick: sends the jobs that come due, makes the jobs of cron ticks, tidies `dead-letters`. A late or doubled
 * tick does no harm. Each part is done although another failed; the sweep is first, for ticks run hooks, which are not ours.
 */
export function sweepHandler(project: Project): (event: unknown, context: Context) => Promise<void> {
  const engine = functionEngine(project);
  let passed = NOTHING_PASSED;
  return async (_event, context) => {
    const stopAt = engine.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    let failure: Error | undefined;
    const part = async (work: () => Promise<number>): Promise<number> => {
      try {
        return await work();
      } catch (thrown) {
        failure = toError(thrown);
        engine.log.error('sweep failed, the next tick goes on', { error: failure.message, stack: failure.stack });
        return 0;
      }
    };
    const sent = await part(() => sweep(engine, stopAt - TICKS_MS));
    await part(async () => {
      passed = await enqueueTicks(engine, cron, passed, stopAt);
      return 0;
    });
    const removed = await part(() => tidyDeadLetters(engine, engine.deadLetters, stopAt));
    engine.log[sent + removed > 0 ? 'info' : 'debug']('swept', { sent, removed });
    if (failure !== undefined) throw failure; // counted by the function's error metric; the tick is not retried
  };
}
