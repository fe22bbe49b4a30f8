import { type Auth, signerOf } from './auth.ts';
import { deadline, pause, unlessAborted } from './deadline.ts';
import { ApiError, apiError, ConnectionError, problemOf, TimeoutError } from './errors.ts';
import { encoded } from './paths.ts';
import { type RetryPolicy, retryAfterOf, secondsUntilRetry } from './retry-policy.ts';

/** What the client is told once. */
export interface ClientOptions {
  /** Of the API: the stack's output `ApiUrl`, or `http://127.0.0.1:8787`. */
  readonly url: string | URL;
  /** Default: none, for the local cloud. */
  readonly auth?: Auth | undefined;
  readonly retry?: { readonly [Name in keyof RetryPolicy]?: RetryPolicy[Name] | undefined } | undefined;
  /** How long one request may take, beside the seconds that it waits for a job's end. Default 30. */
  readonly requestTimeoutSeconds?: number | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** What each call can be told. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. What was asked may have taken effect. */
  readonly signal?: AbortSignal | undefined;
  /** How long the call may take in all, retries included. Default: no limit but that of its retries. @throws TimeoutError */
  readonly timeoutSeconds?: number | undefined;
  /** `x-request-id`: stands in the API's log, in its problems, and in the records of the jobs that the call makes. */
  readonly requestId?: string | undefined;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  /** Becomes JSON. */
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** A second time it would do what the first has done: then only what was turned away before it began is tried again. */
  readonly once?: boolean;
  /** How long the API may hold its answer. */
  readonly waitSeconds?: number;
}

export interface Reply<T> {
  readonly body: T;
  readonly retryAfter: number | undefined;
}

/** Sends a call, again and again as the retry policy has it. @throws ApiError, ConnectionError, TimeoutError */
export type Send = <T>(call: Call, options: CallOptions | undefined) => Promise<Reply<T>>;

export function transport(options: ClientOptions, policy: RetryPolicy): Send {
  const { requestTimeoutSeconds = 30 } = options;
  const base = new URL(options.url).href.replace(/\/+$/, '');
  const sign = signerOf(options.auth);

  async function tryOnce<T>(call: Call, requestId: string | undefined, outer: AbortSignal): Promise<Reply<T>> {
    const what = `${call.method} ${call.path}`;
    const seconds = requestTimeoutSeconds + (call.waitSeconds ?? 0);
    const { signal, end } = deadline(outer, seconds, `${what} was not answered within ${seconds} s.`);
    try {
      const { method, body } = {
        method: call.method,
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
      };
      const url = base + call.path + queryOf(call.query ?? {});
      const headers: Record<string, string> = {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
        ...(requestId !== undefined && { 'x-request-id': requestId }),
        ...(await unlessAborted(signal, sign({ method, url, body }))),
      };
      checkHeaders(headers);
      // Manual: a redirect is not the API's, and would be shown the key. (Workers know no `error`.)
      const init: RequestInit = { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) };
      return await exchange<T>(what, () => (options.fetch ?? fetch)(url, init), signal);
    } finally {
      end();
    }
  }

  return async <T>(call: Call, { signal: outer, timeoutSeconds = Infinity, requestId }: CallOptions = {}) => {
    const message = `${call.method} ${call.path} took longer than ${timeoutSeconds} s.`;
    const { signal, end } = deadline(outer, timeoutSeconds, message);
    try {
      for (let retries = 0; ; retries++) {
        try {
          return await tryOnce<T>(call, requestId, signal);
        } catch (error) {
          signal.throwIfAborted();
          const seconds = mayRepeat(call, error) ? secondsUntilRetry(policy, retries, retryAfter(error)) : undefined;
          if (seconds === undefined) throw error;
          await pause(seconds, signal);
        }
      }
    } finally {
      end();
    }
  };
}

async function exchange<T>(what: string, ask: () => Promise<Response>, signal: AbortSignal): Promise<Reply<T>> {
  let response: Response;
  let text: string;
  try {
    response = await ask();
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : String(cause);
    throw new ConnectionError(`${what} got no answer: ${why}`, { cause });
  }
  const seconds = retryAfterOf(response.headers.get('retry-after'), Date.now());
  const body = parsed(text);
  if (!response.ok) throw apiError(problemOf(response.status, body), seconds);
  if (body === undefined) throw new ConnectionError(`${what} was answered with something other than JSON.`);
  return { body: body as T, retryAfter: seconds };
}

/** No further try mends what no header can hold. @throws TypeError that says which, and not what: it may be a secret */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers))
    try {
      new Headers([[name, value]]);
    } catch {
      throw new TypeError(
        `The header ${name} cannot hold what it is given: a line break, or a character beyond Latin-1.`,
      );
    }
}

/** Undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // of a proxy, or cut off
  }
}

/** 429 is said before anything is done; all else may have taken effect, its answer lost. */
function mayRepeat({ once }: Call, error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || (!once && error.status >= 500);
  return !once && (error instanceof ConnectionError || error instanceof TimeoutError);
}

const retryAfter = (error: unknown): number | undefined => (error instanceof ApiError ? error.retryAfter : undefined);

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value));
  return given.map(([name, value], i) => `${i === 0 ? '?' : '&'}${encoded(name)}=${encoded(text(value))}`).join('');
}
