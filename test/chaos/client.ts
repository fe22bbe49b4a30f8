/** An answer of the API, or 0: the connection broke, or the function was killed. */
export interface Answer {
  readonly status: number;
  readonly job_id?: string;
  readonly job_status?: string;
  readonly deduplicated?: boolean;
}

interface Accepted {
  readonly job_id: string;
  readonly status: string;
  readonly deduplicated?: boolean;
}

/** An API call may take its function's 29 s. */
const PATIENCE_MS = 35_000;

/** Calls the API once. Never throws: no answer is an answer here. */
export async function callApi(
  apiUrl: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  try {
    const response = await fetch(`${apiUrl}${path}`, {
      method: 'POST',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (response.status !== 202) return { status: response.status };
    const { job_id, status, deduplicated = false } = JSON.parse(text) as Accepted;
    return { status: 202, job_id, job_status: status, deduplicated };
  } catch {
    return { status: 0 };
  }
}
