import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod';
import { fieldErrors, jsonPath } from '../core/fields.ts';
import { MAX_PAYLOAD_BYTES } from '../core/payload.ts';
import { HttpProblem } from './problem.ts';
import { readStrictJson } from './strict-json.ts';

/** The largest body. Above the largest input, for on the wire it may be indented, and `é` may come as `\u00e9`. */
export const MAX_BODY_BYTES = 4 * MAX_PAYLOAD_BYTES;

/** The largest body that reaches us: Lambda takes events of 6 MB, in which the body stands as escaped text. */
export const LARGEST_BODY_BYTES = 6 * 1024 * 1024;

type Event = Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded' | 'rawQueryString'>;
/** What sets a body apart. */
export interface BodyTraits {
  /** Default: `MAX_BODY_BYTES`. */
  readonly maxBytes?: number | undefined;
  /** The field whose entries are requests of their own: one that is flawed comes as its HttpProblem. */
  readonly list?: string | undefined;
}

type Names = Readonly<Record<string, string | undefined>>;

/**
 * The body as its schema has it. An empty one counts as `{}`.
 *
 * The content type is not asked for: `curl -d` sends a wrong one.
 * @throws HttpProblem `too_large`, `unsupported_media_type`, `malformed`, or `invalid_input` with one entry per field
 */
export function readBody<Schema extends z.ZodType>(
  event: Event,
  schema: Schema,
  { maxBytes = MAX_BODY_BYTES, list }: BodyTraits = {},
): z.output<Schema> {
  const headers = lowerCased(event.headers);
  const text = bodyText(event, headers, maxBytes);
  const value = /^[\t\n\r ]*$/.test(text) ? {} : parseJson(text, headers, list);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpProblem('malformed', 'The body must be a JSON object, in braces.');
  return fitted(schema, value, jsonPath, 'The body does not fit this route.');
}

/** The query as its schema has it; a parameter that the schema does not know is refused. @throws HttpProblem `invalid_input` */
export function readQuery<Schema extends z.ZodType>(event: Event, schema: Schema): z.output<Schema> {
  const all = new URLSearchParams(event.rawQueryString ?? '');
  const twice = [...new Set(all.keys())].filter((name) => all.getAll(name).length > 1);
  const detail = 'The query does not fit this route.';
  if (twice.length > 0)
    throw new HttpProblem('invalid_input', detail, {
      errors: twice.map((name) => ({ path: `?${name}`, message: 'is there more than once' })),
    });
  return fitted(schema, Object.fromEntries(all), ([name]) => `?${String(name)}`, detail);
}

/** The headers that the schema names. @throws HttpProblem `invalid_input` */
export function readHeaders<Schema extends z.ZodType>(event: Event, schema: Schema): z.output<Schema> {
  return fitted(schema, lowerCased(event.headers), ([name]) => String(name), 'A header does not fit this route.');
}

/** API Gateway sends names in lower case; whatever else calls need not. */
export function lowerCased(headers: Names | undefined): Names {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What the schema makes of a value. @throws HttpProblem `invalid_input` */
export function fitted<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  pathOf: (path: readonly PropertyKey[]) => string,
  detail: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, pathOf);
  throw new HttpProblem('invalid_input', `${detail} See errors for each field.`, { errors });
}

function bodyText({ body, isBase64Encoded }: Event, headers: Names, maxBytes: number): string {
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new HttpProblem('unsupported_media_type', 'Send the body as it is, without content-encoding.');
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBytes)
    throw new HttpProblem(
      'too_large',
      `The body is ${bytes.length} bytes; ${maxBytes} at most, and ${MAX_PAYLOAD_BYTES} for an input. Store it elsewhere, in S3 say, and pass its key.`,
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HttpProblem('malformed', 'The body is not UTF-8, the encoding of JSON.', { cause });
  }
}

/** Content types under which people do send JSON: none, its own, those of `curl -d`, `fetch` and `--data-binary`. */
const PLAUSIBLE_TYPE = /^$|json|^text\/|^application\/(x-www-form-urlencoded|octet-stream)/i;

function parseJson(text: string, headers: Names, list: string | undefined): unknown {
  try {
    return readStrictJson(text, list);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const type = headers['content-type'] ?? '';
    if (!PLAUSIBLE_TYPE.test(type))
      throw new HttpProblem('unsupported_media_type', 'Send JSON, as content-type: application/json.', {
        cause: error,
      });
    throw new HttpProblem('malformed', `The body is not JSON: ${error.message}.`, { cause: error });
  }
}
