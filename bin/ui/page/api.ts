import type { Problem } from '../../../client/records.ts';

/** What the API refused, in its own words. */
export class Refused extends Error {
  readonly status: number;

  constructor({ detail, title, status = 0, errors = [] }: Partial<Problem>) {
    const fields = errors.map(({ path, message }) => `${path || 'input'}: ${message}`);
    super([detail ?? title ?? 'The API does not answer.', ...fields].join('\n'));
    this.status = status;
  }
}

/**
 * A call of the API, by way of the server of this page, which signs it.
 * @param path with its query
 * @throws Refused
 */
export async function call<T>(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const answer = await fetch(`api${path}`, {
    method,
    // A page of another site cannot send this header: the server takes no call without it.
    headers: { 'x-stint-ui': '1', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Refused({ title: 'stint ui no longer runs, or cannot be reached.' });
  });
  const value = parsed(await answer.text(), answer.status);
  if (!answer.ok) throw new Refused({ status: answer.status, ...(value as Partial<Problem>) });
  return value as T;
}

function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { title: `${status}: ${text.slice(0, 200)}` }; // of a proxy, or cut off
  }
}

/** A path with those of these parameters that say something. */
export function withQuery(path: string, parameters: Readonly<Record<string, string | number | null>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== '') query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}
