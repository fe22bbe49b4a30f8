import { TimeoutError } from './errors.ts';

/** A caller's signal and a time limit as one signal, which `end` must release. */
export interface Deadline {
  readonly signal: AbortSignal;
  end(): void;
}

/** The longest that timers can wait: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @param seconds may be Infinity */
export function deadline(outer: AbortSignal | undefined, seconds: number, message: string): Deadline {
  const controller = new AbortController();
  const forward = () => controller.abort(outer?.reason);
  if (outer?.aborted) forward();
  outer?.addEventListener('abort', forward);
  const expire = () => controller.abort(new TimeoutError(message));
  const timer = seconds * 1000 < MAX_TIMER_MS ? setTimeout(expire, seconds * 1000) : undefined;
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', forward);
    },
  };
}

/** What the work gives, or the signal's reason as soon as it fires, whatever the work does then. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after the seconds; rejects with the signal's reason as soon as it fires. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await unlessAborted(
      signal,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, seconds * 1000);
      }),
    );
  } finally {
    clearTimeout(timer);
  }
}
