import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { OpenApiDocument } from '../../lambdas/http/openapi/document.ts';
import { conformanceTo } from '../conformance.ts';
import { stack } from './stack.ts';

/** A job as the API shows it: what design.md promises, and what else the tests look at. */
export interface Job {
  readonly id: string;
  readonly job_id: string;
  readonly task_name: string;
  readonly project_id: string | null;
  readonly user_id: string | null;
  readonly status: 'queued' | 'active' | 'aborting' | 'aborted' | 'failed' | 'complete';
  readonly result: unknown;
  readonly error_message: string | null;
  readonly created_at: string;
  readonly scheduled_at: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly attempts: readonly { attempt: number; started_at: string; ended_at: string; error: string }[];
  readonly progress: { fraction: number; note: string | null } | null;
  readonly tags: readonly string[];
  readonly queue: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, if it is JSON. */
  readonly body: unknown;
}

/** Sends a request; a body that is neither text nor bytes goes as JSON. */
export async function call(
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${stack().api_url}${path}`, {
    method,
    headers: raw || body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type') ?? '';
  const answer = {
    status: response.status,
    headers: response.headers,
    body: /\bjson\b/.test(contentType) ? JSON.parse(text) : text,
  };
  const conforms = await conformance();
  expect(conforms({ method, path, contentType, ...answer })).toBeUndefined();
  return answer;
}

/** Every answer in these tests is held to the document that the API itself serves. */
const conformance = lazily(async () => {
  const response = await fetch(`${stack().api_url}/openapi.json`);
  return conformanceTo((await response.json()) as OpenApiDocument);
});

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const get = (path: string): Promise<Answer> => call('GET', path);

export const post = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  call('POST', path, { body, headers });

/** Asks for a job of a task, whatever the answer. */
export const requestJob = (
  task: string,
  input: unknown,
  options: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> => post(`/tasks/${task}/jobs`, { input, ...options }, headers);

/** Enqueues a job that must be accepted. Answers its id. */
export async function enqueue(task: string, input: unknown, options: Record<string, unknown> = {}): Promise<string> {
  const answer = await requestJob(task, input, options);
  expect(answer, `enqueue ${task}`).toMatchObject({ status: 202, body: { job_id: expect.any(String) } });
  return (answer.body as { job_id: string }).job_id;
}

export async function job(jobId: string): Promise<Job> {
  const answer = await get(`/jobs/${jobId}`);
  expect(answer, `job ${jobId}`).toMatchObject({ status: 200 });
  return answer.body as Job;
}

const ENDED = new Set(['complete', 'failed', 'aborted']);
const PATIENCE_MS = 50_000;

/** The job once it has ended, by long polling; fails with the job as it stands when that takes too long. */
export async function ended(jobId: string): Promise<Job> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await get(`/jobs/${jobId}?wait=20`);
    // Of a job whose message makes its record: not there yet.
    const seen = answer.status === 404 ? undefined : (answer.body as Job);
    if (seen !== undefined && ENDED.has(seen.status)) return seen;
    if (Date.now() > deadline) expect.fail(`job ${jobId} has not ended: ${JSON.stringify(answer.body)}`);
    await sleep(200); // also where too many wait already, and the answer came at once
  }
}

/** The job once it is as wanted, by short polling. */
export async function jobThatIs(jobId: string, wanted: (job: Job) => boolean): Promise<Job> {
  return eventually(async () => {
    const seen = await job(jobId);
    return { value: seen, done: wanted(seen) };
  }, `job ${jobId}`);
}

/** Asks again and again until `done`; fails with what was seen last. */
export async function eventually<T>(
  ask: () => Promise<{ value: T; done: boolean }>,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { value, done } = await ask();
    if (done) return value;
    if (Date.now() > deadline) expect.fail(`${what} stays ${JSON.stringify(value)}`);
    await sleep(100);
  }
}

export const millis = (time: string | null): number => (time === null ? Number.NaN : Date.parse(time));
