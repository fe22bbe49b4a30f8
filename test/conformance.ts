import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApiDocument } from '../lambdas/http/openapi/document.ts';

/** An answer of the API, and what it answers. */
export interface Answered {
  readonly method: string;
  /** As sent: with its query, percent-encoded. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  /** JSON that was parsed, or text. */
  readonly body: unknown;
}

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Tells why an answer is not one that the document promises; nothing if it is. */
export function conformanceTo(document: OpenApiDocument): (answered: Answered) => string | undefined {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string): ValidateFunction => {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` });
    validators.set(pointer, known);
    return known;
  };

  return ({ method, path, status, contentType, body }) => {
    const said = `${method} ${path} answers ${status} ${contentType}`;
    const operation = operationOf(document, method, path);
    const found = operation === undefined ? undefined : responseOf(document, operation, status);
    const type = contentType.split(';')[0] ?? '';
    const isProblem = type === 'application/problem+json';
    if (operation !== undefined && found === undefined) return `${said}: the document does not know this status`;
    if (found === undefined && !isProblem) return `${said}: what is no route answers a problem document`;
    if (found !== undefined && found.content?.[type] === undefined) return `${said}: not the content type promised`;
    if (isProblem && (body as { status?: unknown }).status !== status) return `${said}: the problem has another status`;
    const validate = validatorAt(
      found === undefined ? '/components/schemas/Problem' : `${found.pointer}/content/${escaped(type)}/schema`,
    );
    return validate(body) ? undefined : `${said}: ${ajv.errorsText(validate.errors, { dataVar: 'body' })}`;
  };
}

/** The pointer to the operation, a path without parameters before one with. */
function operationOf({ paths }: OpenApiDocument, method: string, path: string): string | undefined {
  if (!METHODS.has(method)) return undefined;
  const segments = (path.split('?')[0] ?? '').split('/');
  const [fitting] = Object.keys(paths)
    .filter((pattern) => fits(pattern.split('/'), segments))
    .toSorted((a, b) => a.split('{').length - b.split('{').length);
  return fitting === undefined || paths[fitting]?.[method.toLowerCase()] === undefined
    ? undefined
    : `/paths/${escaped(fitting)}/${method.toLowerCase()}`;
}

const fits = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, i) => (part.startsWith('{') ? segments[i] !== '' : part === segments[i]));

function responseOf(document: OpenApiDocument, operation: string, status: number) {
  const pointer = `${operation}/responses/${status}`;
  const response = at(document, pointer) as Response | undefined;
  if (response?.$ref === undefined) return response && { pointer, content: response.content };
  const target = response.$ref.slice(1);
  return { pointer: target, content: (at(document, target) as Response).content };
}

const at = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value, part) => (value as Record<string, unknown> | undefined)?.[part], document);

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
