import type { Attempt } from './attempt.ts';
import type { Engine } from './engine.ts';
import { MAX_WAIT_SECONDS } from './enqueue-options.ts';
import { CancelError, NonRetryableError, RetryAfterError, toError } from './errors.ts';
import { backoffMillis } from './retry-policy.ts';

/** How an attempt ended, before it is written. */
export type Outcome =
  | { readonly is: 'complete'; readonly json: string }
  | { readonly is: 'retry'; readonly error: Error; readonly at: number }
  | { readonly is: 'fail'; readonly error: Error }
  /** It ended after an abort was asked for. */
  | { readonly is: 'abort'; readonly error: Error }
  /** The task cancelled its own job. */
  | { readonly is: 'cancel'; readonly error: Error }
  /** Another attempt holds the job, or the platform ended this one: nothing is written, and the message stays. */
  | { readonly is: 'lost'; readonly error: Error };

/** The outcome of an attempt that returned a checked result. */
export function outcomeOfResult(json: string): Outcome {
  return { is: 'complete', json };
}

/** The outcome of an attempt that threw: what the error says, then whether attempts are left. */
export function outcomeOfError(engine: Pick<Engine, 'clock' | 'chance'>, attempt: Attempt, thrown: Error): Outcome {
  const interruption = attempt.interruption();
  switch (interruption?.reason) {
    case 'abort':
      return { is: 'abort', error: interruption };
    case 'lost':
    case 'shutdown':
      return { is: 'lost', error: interruption };
    case 'timeout':
    case 'fault':
    case undefined:
  }
  // A task that heeds its signal throws an AbortError: what fired it says more.
  const error = interruption?.reason === 'fault' ? toError(interruption.cause) : (interruption ?? thrown);
  if (error instanceof CancelError) return { is: 'cancel', error };
  if (error instanceof NonRetryableError) return { is: 'fail', error };
  const { record, task } = attempt;
  if (record.attempt >= record.attempt_limit || task === undefined) return { is: 'fail', error };
  const asked = error instanceof RetryAfterError ? askedWait(error.seconds) : undefined;
  const wait = asked ?? backoffMillis(task.backoff, record.attempt, engine.chance.fraction());
  return { is: 'retry', error, at: engine.clock.now() + wait };
}

/** A wait in milliseconds that the record can hold, whatever the task computed; undefined for what is no number: a header's date, say. */
function askedWait(seconds: number): number | undefined {
  return Number.isNaN(seconds) ? undefined : Math.ceil(Math.min(MAX_WAIT_SECONDS, Math.max(0, seconds)) * 1000);
}
