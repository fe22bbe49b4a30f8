/** How a route is called, on a job of Ann's. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
}

/** Ann's and Bob's ids as users: of the kinds that there are, for no id may keep its user from anything. */
export const ANN = 'ann@example.com';
export const BOB = '7f1c9c1e-3b0a-4c59-8f39-0d6f6f3f2a11';

/** Who calls, as far as rights go. */
export type Caller = 'nobody' | 'ann' | 'bob' | 'admin';

interface Row {
  /** @param jobs of Ann's: one that is queued, one that was aborted */
  readonly call: (jobs: { readonly queued: string; readonly aborted: string }) => Call;
  /** What each caller is answered. */
  readonly answers: Readonly<Record<Caller, number>>;
}

/** An hour: no worker takes it meanwhile. */
const LATER = { delay_seconds: 3_600 };
const enqueue = (body: object): Call => ({
  method: 'POST',
  path: '/tasks/poc_test_task/jobs',
  body: { ...body, ...LATER },
});

const open = { nobody: 200, ann: 200, bob: 200, admin: 200 };
const signedIn = (status: number) => ({ nobody: 401, ann: status, bob: status, admin: status });
const owner = (status: number) => ({ nobody: 401, ann: status, bob: 404, admin: status });

const adminOnly = (status: number) => ({ nobody: 401, ann: 403, bob: 403, admin: status });

/** Route → who may. Every route of the API has a row; some have more, whose name goes on after the route. */
export const RIGHTS: Readonly<Record<string, Row>> = {
  'GET /health': { call: () => ({ method: 'GET', path: '/health' }), answers: open },
  'GET /openapi.json': { call: () => ({ method: 'GET', path: '/openapi.json' }), answers: signedIn(200) },
  'GET /docs': { call: () => ({ method: 'GET', path: '/docs' }), answers: signedIn(200) },
  'GET /tasks': { call: () => ({ method: 'GET', path: '/tasks' }), answers: signedIn(200) },
  'POST /tasks/trigger-test': {
    call: () => ({ method: 'POST', path: '/tasks/trigger-test', body: {} }),
    answers: signedIn(202),
  },
  'POST /tasks/{task_name}/jobs': { call: () => enqueue({}), answers: signedIn(202) },
  'POST /tasks/{task_name}/jobs for Ann': {
    call: () => enqueue({ user_id: ANN }),
    answers: { nobody: 401, ann: 202, bob: 403, admin: 202 },
  },
  'POST /jobs/batch': {
    call: () => ({ method: 'POST', path: '/jobs/batch', body: { jobs: [{ task_name: 'poc_test_task', ...LATER }] } }),
    answers: signedIn(202),
  },
  'GET /jobs': { call: () => ({ method: 'GET', path: '/jobs' }), answers: signedIn(200) },
  'GET /jobs of Ann': {
    call: () => ({ method: 'GET', path: `/jobs?user_id=${encodeURIComponent(ANN)}` }),
    answers: { nobody: 401, ann: 200, bob: 403, admin: 200 },
  },
  'GET /jobs/{job_id}': { call: ({ queued }) => ({ method: 'GET', path: `/jobs/${queued}` }), answers: owner(200) },
  'PATCH /jobs/{job_id}': {
    call: ({ queued }) => ({ method: 'PATCH', path: `/jobs/${queued}`, body: { delay_seconds: 7_200 } }),
    answers: owner(200),
  },
  // Accepted from anyone, as a job that then works on the caller's own jobs only (test/core/bulk.test.ts).
  'POST /jobs/abort': {
    call: ({ queued }) => ({ method: 'POST', path: '/jobs/abort', body: { job_ids: [queued], dry_run: true } }),
    answers: signedIn(202),
  },
  'POST /jobs/abort of Ann': {
    call: () => ({ method: 'POST', path: '/jobs/abort', body: { user_id: ANN, dry_run: true } }),
    answers: { nobody: 401, ann: 202, bob: 403, admin: 202 },
  },
  'POST /jobs/retry': {
    call: ({ aborted }) => ({ method: 'POST', path: '/jobs/retry', body: { job_ids: [aborted], dry_run: true } }),
    answers: signedIn(202),
  },
  'POST /jobs/retry of Ann': {
    call: () => ({ method: 'POST', path: '/jobs/retry', body: { user_id: ANN, dry_run: true } }),
    answers: { nobody: 401, ann: 202, bob: 403, admin: 202 },
  },
  'POST /jobs/{job_id}/abort': {
    call: ({ queued }) => ({ method: 'POST', path: `/jobs/${queued}/abort` }),
    answers: owner(202),
  },
  'POST /jobs/{job_id}/retry': {
    call: ({ aborted }) => ({ method: 'POST', path: `/jobs/${aborted}/retry` }),
    answers: owner(202),
  },
  'GET /stats': { call: () => ({ method: 'GET', path: '/stats' }), answers: adminOnly(200) },
  'GET /dead-letters': { call: () => ({ method: 'GET', path: '/dead-letters' }), answers: adminOnly(200) },
  'POST /dead-letters/redrive': {
    call: ({ queued }) => ({ method: 'POST', path: '/dead-letters/redrive', body: { job_ids: [queued] } }),
    answers: adminOnly(202),
  },
  'an unknown path': { call: () => ({ method: 'GET', path: '/nothing/here' }), answers: signedIn(404) },
};
