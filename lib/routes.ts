/** A route of the HTTP API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Open to all, whatever the API's authorizer. Default false. */
  readonly open?: true;
  /** Holds its function while a caller waits (`?wait=`), so it is throttled apart. Default false. */
  readonly waits?: true;
}

/** The routes of the API: a new one is one line here, and its handler in `lambdas/http`. */
export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/tasks/trigger-test' },
  { method: 'POST', path: '/tasks/{task_name}/jobs' },
  { method: 'GET', path: '/tasks' },
  { method: 'POST', path: '/jobs/batch' },
  { method: 'GET', path: '/jobs' },
  { method: 'POST', path: '/jobs/abort' },
  { method: 'POST', path: '/jobs/retry' },
  { method: 'GET', path: '/jobs/{job_id}', waits: true },
  { method: 'PATCH', path: '/jobs/{job_id}' },
  { method: 'POST', path: '/jobs/{job_id}/abort' },
  { method: 'POST', path: '/jobs/{job_id}/retry' },
  { method: 'GET', path: '/stats' },
  { method: 'GET', path: '/dead-letters' },
  { method: 'POST', path: '/dead-letters/redrive' },
  { method: 'GET', path: '/openapi.json' },
  { method: 'GET', path: '/docs' },
  { method: 'GET', path: '/health', open: true },
];

/**
 * All other paths, so that they too answer with a problem document: API Gateway's own 404 is `{"message":"Not Found"}`.
 *
 * One route a method, behind the same authorizer (an unknown path is no way around it). Neither `ANY` nor `$default`:
 * they would catch OPTIONS, and a browser's preflight carries no credentials. `{proxy+}` stands for at least one
 * segment, so `/` is named too. A route that names its path wins over a greedy one.
 */
export const UNKNOWN_PATHS: readonly Route[] = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).flatMap(
  (method): Route[] => [
    { method, path: '/' },
    { method, path: '/{proxy+}' },
  ],
);
