import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import {
  ApiError,
  type Auth,
  ConnectionError,
  createClient,
  EnqueueManyError,
  NotAllowedError,
  TimeoutError,
  TooManyRequestsError,
} from '../../client/index.ts';
import { DEFAULT_RETRY_POLICY, retryAfterOf, secondsUntilRetry } from '../../client/retry-policy.ts';
import { memoryWaitSlots } from '../../lambdas/adapters/memory/wait-slots.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import { answer, drop, hang, type Interference, listen, loseAnswer, setup } from './setup.ts';

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => expect.fail(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );

describe('what is safe to repeat', () => {
  it.each([
    ['a dropped connection', drop],
    ['429', answer(429, { message: 'Too Many Requests' })],
    ['503', answer(503, { message: 'Service Unavailable' })],
    ['500', answer(500, 'oops')],
    ['an answer that is not JSON', answer(200, '<html>')],
    ['an answer cut short', answer(200, '{"tas', { 'content-length': '5' })],
  ])('is tried again after %s', async (_what, interference) => {
    const { client, interfere, requests } = await setup();
    interfere(interference, interference);

    expect(await client.tasks()).toHaveLength(3);

    expect(requests).toHaveLength(3);
  });

  it('enqueues once, though the first answer was lost, by a key of its own', async () => {
    const { client, interfere, requests, store } = await setup();
    interfere(loseAnswer);

    const job = await client.enqueue('double', { number: 1 });

    expect(job.deduplicated).toBe(false);
    expect(store.records.size).toBe(1);
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('makes a key for each enqueue', async () => {
    const { client, store } = await setup();

    await client.enqueue('double', { number: 1 });
    await client.enqueue('double', { number: 1 });

    expect(store.records.size).toBe(2);
  });

  it('enqueues each of many once, though the first answer was lost', async () => {
    const { client, interfere, store } = await setup();
    interfere(loseAnswer);

    const jobs = await client.enqueueMany([1, 2].map((number) => ({ taskName: 'double' as const, input: { number } })));

    expect(jobs.map(({ deduplicated }) => deduplicated)).toEqual([false, false]);
    expect(store.records.size).toBe(2);
  });

  it('sends a batch again for those of its jobs that were refused for the moment', async () => {
    const { client, engine, store } = await setup();
    const { sendMany } = engine.queues;
    let calls = 0;
    Object.assign(engine.queues, {
      sendMany: async (...sent: Parameters<typeof sendMany>) => {
        const outcomes = await sendMany(...sent);
        if (calls++ > 0) return outcomes;
        return outcomes.map((_, i) => (i === 1 ? new StintError('unavailable', 'throttled') : undefined));
      },
    });

    const jobs = await client.enqueueMany(
      [1, 2, 3].map((number) => ({ taskName: 'double' as const, input: { number } })),
    );

    expect(jobs.map(({ deduplicated }) => deduplicated)).toEqual([false, false, false]);
    expect(await Promise.all(jobs.map((job) => job.result()))).toEqual([{ number: 2 }, { number: 4 }, { number: 6 }]);
    expect(store.records.size).toBe(3);
  });

  it('tells of a batch that failed after others were enqueued', async () => {
    const { client, interfere, worker } = await setup();
    worker.paused = true;
    interfere(() => false, answer(413, { message: 'Request Too Long' }));

    const error = await thrownBy(
      client.enqueueMany(
        Array.from({ length: 1_001 }, (_, number) => ({ taskName: 'double' as const, input: { number } })),
      ),
    );

    expect(error).toBeInstanceOf(EnqueueManyError);
    expect((error as EnqueueManyError).handles).toHaveLength(1_000);
    expect((error as EnqueueManyError).outcomes.at(-1)).toMatchObject({ status: 413 });
  });
});

describe('a batch that is sent again and then fails', () => {
  it.each<[string, Interference, object]>([
    ['is refused', answer(403, { message: 'Forbidden' }), { status: 403 }],
    ['gets no answer in time', hang, { name: 'TimeoutError' }],
  ])('tells what was enqueued before, where it %s', async (_what, fails, error) => {
    const { client, engine, interfere, store, worker } = await setup();
    worker.paused = true;
    const { sendMany } = engine.queues;
    Object.assign(engine.queues, {
      sendMany: async (...sent: Parameters<typeof sendMany>) =>
        (await sendMany(...sent)).map((_, i) => (i === 1 ? new StintError('unavailable', 'throttled') : undefined)),
    });
    interfere(() => false, fails);

    const thrown = (await thrownBy(
      client.enqueueMany(
        [1, 2, Number.NaN].map((number) => ({ taskName: 'double' as const, input: { number } })),
        { timeoutSeconds: 0.5 },
      ),
    )) as EnqueueManyError;

    expect(thrown).toBeInstanceOf(EnqueueManyError);
    expect(thrown.outcomes).toMatchObject([{ job_id: [...store.records.keys()][0] }, error, { status: 422 }]);
  });
});

describe('what is not', () => {
  it.each([400, 401, 403, 404, 409, 413, 422])('is not tried again after %s', async (status) => {
    const { client, interfere, requests } = await setup();
    interfere(answer(status, { message: 'no' }));

    expect(await thrownBy(client.tasks())).toMatchObject({ status });
    expect(requests).toHaveLength(1);
  });

  it('is sent once, but for what was turned away: a retry and a redrive', async () => {
    const { client, interfere, requests } = await setup();
    const job = await client.enqueue('hopeless', {});
    await job.wait();
    requests.length = 0;

    interfere(answer(429, { message: 'Too Many Requests' }), loseAnswer);
    expect(await thrownBy(client.retry(job))).toBeInstanceOf(ConnectionError);
    expect(requests).toHaveLength(2);

    await job.wait();
    requests.length = 0;
    interfere(answer(503, {}));
    expect(await thrownBy(client.redrive({ all: true }))).toMatchObject({ status: 503 });
    expect(requests).toHaveLength(1);
  });
});

describe('how often', () => {
  it('is bounded, and the last error is thrown', async () => {
    const { client, interfere, requests } = await setup({ client: { retry: { maxRetries: 2, initialSeconds: 0 } } });
    interfere(drop, drop, answer(429, { message: 'Too Many Requests' }, { 'retry-after': '0' }));

    const error = await thrownBy(client.tasks());

    expect(error).toBeInstanceOf(TooManyRequestsError);
    expect(error).toMatchObject({ code: 'too_many_requests', problem: { title: 'Too Many Requests', status: 429 } });
    expect(requests).toHaveLength(3);
  });

  it('is the default where a setting is undefined', async () => {
    const { url, requests, interfere } = await setup();
    const client = createClient({ url, retry: { maxRetries: undefined, initialSeconds: 0.001 } });
    interfere(...Array(9).fill(answer(503, {})));

    expect(await thrownBy(client.tasks())).toMatchObject({ status: 503 });
    expect(requests).toHaveLength(1 + DEFAULT_RETRY_POLICY.maxRetries);
  });

  it('says why there was no answer', async () => {
    const { client, interfere } = await setup({ client: { retry: { maxRetries: 0 } } });
    interfere(drop);

    const error = await thrownBy(client.tasks());

    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^GET \/tasks got no answer: ./),
      cause: expect.any(Error),
    });
  });

  it('follows no redirect: where it leads would be shown the key', async () => {
    const { client, interfere } = await setup();
    let followed = 0;
    const elsewhere = await listen((_, response) => response.end(`${followed++}`));
    interfere(answer(307, {}, { location: elsewhere }));

    expect(await thrownBy(client.tasks())).toMatchObject({ status: 307 });
    expect(followed).toBe(0);
  });

  test('pauses grow, with full jitter, and heed Retry-After as a least', () => {
    const policy = { ...DEFAULT_RETRY_POLICY, random: () => 0.5 };

    expect([0, 1, 2, 3, 4, 5].map((n) => secondsUntilRetry(policy, n))).toEqual([0.25, 0.5, 1, 2, 4, undefined]);
    expect(secondsUntilRetry({ ...policy, maxRetries: 99 }, 50)).toBe(10);
    expect(secondsUntilRetry(policy, 0, 7)).toBe(7.25);
    expect(secondsUntilRetry(policy, 0, 61)).toBeUndefined();
  });

  test('Retry-After is seconds or a date', () => {
    const now = Date.UTC(2026, 0, 1);

    expect(retryAfterOf('3', now)).toBe(3);
    expect(retryAfterOf('Thu, 01 Jan 2026 00:00:10 GMT', now)).toBe(10);
    expect(retryAfterOf('Thu, 01 Jan 1970 00:00:10 GMT', now)).toBe(0);
    expect(retryAfterOf('soon', now)).toBeUndefined();
    expect(retryAfterOf(null, now)).toBeUndefined();
  });

  it('waits as long as Retry-After says', async () => {
    const { client, interfere } = await setup();
    interfere(answer(503, {}, { 'retry-after': '1' }));
    const began = performance.now();

    await client.tasks();

    expect(performance.now() - began).toBeGreaterThan(990);
  });
});

describe('time limits', () => {
  it('ends a request that hangs, and tries again', async () => {
    const { client, interfere, requests } = await setup({ client: { requestTimeoutSeconds: 0.5 } });
    interfere(hang);

    expect(await client.tasks()).toHaveLength(3);
    expect(requests).toHaveLength(2);
  });

  it('ends a call, its retries included', async () => {
    const { client, interfere } = await setup({ client: { retry: { maxRetries: 99, initialSeconds: 0.02 } } });
    interfere(...Array.from({ length: 99 }, () => drop));

    const error = await thrownBy(client.tasks({ timeoutSeconds: 0.2 }));

    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ message: 'GET /tasks took longer than 0.2 s.' });
  });

  it('ends a wait, and the job goes on', async () => {
    const { client } = await setup();
    const job = await client.enqueue('double', { number: 1 }, { delaySeconds: 3_600 });

    const error = await thrownBy(job.result({ timeoutSeconds: 0.3 }));

    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ message: `Job ${job.job_id} has not ended within 0.3 s. It goes on.` });
    expect((await job.get()).status).toBe('queued');
  });
});

describe("a caller's signal", () => {
  it.each([
    ['a request', [hang]],
    ['a pause', [drop]],
    ['a wait', []],
    ['a token function', []],
    ['a batch', [hang]],
  ])('ends %s with its own reason', async (what, interferences) => {
    const { client, interfere, url } = await setup({ client: { retry: { initialSeconds: 60, random: () => 1 } } });
    const job = await client.enqueue('double', { number: 1 }, { delaySeconds: 3_600 });
    const controller = new AbortController();
    const { signal } = controller;
    interfere(...interferences);
    const call = {
      'a request': () => client.tasks({ signal }),
      'a pause': () => client.tasks({ signal }),
      'a wait': () => job.result({ signal }),
      'a token function': () => createClient({ url, auth: { apiKey: () => new Promise(() => {}) } }).tasks({ signal }),
      'a batch': () => client.enqueueMany([{ taskName: 'double', input: { number: 1 } }], { signal }),
    }[what]!();
    await sleep(50);

    const reason = new Error('changed my mind');
    controller.abort(reason);

    expect(await thrownBy(call)).toBe(reason);
  });

  it('that has fired sends nothing', async () => {
    const { client, requests } = await setup();

    const error = await thrownBy(client.tasks({ signal: AbortSignal.abort() }));

    expect(error).toMatchObject({ name: 'AbortError' });
    expect(requests).toEqual([]);
  });
});

describe('a wait', () => {
  it('asks again where the API holds no answer, for too many wait, and not at once', async () => {
    const { client, requests, worker } = await setup({ ports: { waits: memoryWaitSlots(0) } });
    worker.paused = true;
    const job = await client.enqueue('double', { number: 1 });
    requests.length = 0;

    const result = job.result();
    await sleep(900);
    worker.paused = false;

    expect(await result).toEqual({ number: 2 });
    expect(requests.length).toBeLessThanOrEqual(3);
  });

  it('outlasts a record that is not there yet, of a job that was acknowledged', async () => {
    const { client, interfere } = await setup();
    const job = await client.enqueue('double', { number: 1 });
    interfere(answer(404, { type: 'x', code: 'unknown_job', detail: 'There is no job.', title: '', status: 404 }));

    expect(await job.result()).toEqual({ number: 2 });
  });

  it('outlasts a throttle, however often it is turned away', async () => {
    const { client, interfere } = await setup({ client: { retry: { maxRetries: 0 } } });
    const job = await client.enqueue('double', { number: 1 });
    interfere(answer(429, { message: 'Too Many Requests' }));

    expect(await job.result()).toEqual({ number: 2 });
  });

  it('outlasts a failing API', async () => {
    const { client, interfere } = await setup();
    const job = await client.enqueue('double', { number: 1 });
    interfere(drop, answer(503, {}), drop);

    expect(await job.result()).toEqual({ number: 2 });
  });
});

it.each<[unknown, string]>([
  [{ errors: 'overloaded' }, 'HTTP 403 (HTTP 403, not from the API itself)'],
  [{ errors: { base: ['overloaded'] } }, 'HTTP 403 (HTTP 403, not from the API itself)'],
  [{ errors: [null, { code: 1_000, message: 'blocked' }] }, 'HTTP 403 (HTTP 403, not from the API itself)'],
  [{ title: 'Blocked', detail: ['by', 'rule'], code: 7 }, 'Blocked (HTTP 403, not from the API itself)'],
  [{ Message: 'Forbidden' }, 'Forbidden (HTTP 403, not from the API itself)'], // a function URL
  [[], 'HTTP 403 (HTTP 403, not from the API itself)'],
  [null, 'HTTP 403 (HTTP 403, not from the API itself)'],
])('shows what something else says, %j, as a problem of the form that is promised', async (body, message) => {
  const { client, interfere } = await setup();
  interfere(answer(403, body));

  const error = await thrownBy(client.tasks());

  expect(error).toBeInstanceOf(NotAllowedError);
  expect(error).toMatchObject({ message, code: 'forbidden', status: 403, problem: { status: 403 } });
});

it.each([
  ['idempotency-key', 'bestellung-ł', {}],
  ['x-api-key', 'k', { apiKey: 'stint_secret\nof two lines' }],
  ['authorization', 'k', { bearerToken: 'secret\u{1f600}' }],
] as const)('does not try again what no header can hold, and tells which, not what: %s', async (name, key, auth) => {
  const { client, requests } = await setup({ client: { retry: { initialSeconds: 60 }, auth: auth as Auth } });

  const error = (await thrownBy(client.enqueue('double', { number: 1 }, { idempotencyKey: key }))) as Error;

  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(name);
  expect(inspect(error)).not.toContain('secret');
  expect(requests).toEqual([]);
});

it('shows what a gateway says in its own form as a problem', async () => {
  const { client, interfere } = await setup({ client: { retry: { maxRetries: 0 } } });
  interfere(answer(401, { message: 'Unauthorized' }), answer(502, 'Bad Gateway'));

  expect(await thrownBy(client.tasks())).toMatchObject({
    code: 'unauthenticated',
    message: 'Unauthorized (HTTP 401, not from the API itself)',
    problem: { type: 'about:blank', title: 'Unauthorized', status: 401 },
  });
  const error = await thrownBy(client.tasks());
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'unavailable', problem: { title: 'HTTP 502' } });
});
