import type { Registry } from '../../core/registry.ts';
import type { AuthConfig } from '../auth/config.ts';
import { PROBLEMS, type ProblemCode } from '../problem.ts';
import type { Route } from '../router.ts';
import { type JsonSchema, jsonSchemaOf, namedSchemas, within } from './json-schema.ts';
import { NAMED, type Operation, ofTask, operationOf, problemResponse } from './operation.ts';

/** An OpenAPI document, version 3.1. https://spec.openapis.org/oas/v3.1.1.html */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly object[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: JsonSchema;
    readonly headers: JsonSchema;
    readonly securitySchemes?: JsonSchema;
  };
}

/** Of the API, not of the package: what would break callers raises its first number. */
const API_VERSION = '1.0.0';

const TAGS = [
  { name: 'Tasks', description: 'What can be enqueued, and enqueueing it.' },
  { name: 'Jobs', description: 'Reading, stopping, repeating and changing jobs.' },
  { name: 'Operations', description: 'What is waiting and what has failed, for the role `admin`.' },
  { name: 'About', description: 'The API itself.' },
];

/**
 * The API as an OpenAPI document, from the schemas that the routes check requests with.
 *
 * Each task has a path of its own, with the schema of its input, in the place of `/tasks/{task_name}/jobs`.
 */
export function openApiDocument(routes: readonly Route[], tasks: Registry, mode: AuthConfig['mode']): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  const add = (path: string, route: Route, operation: Operation) => {
    const { [path]: there = {} } = paths;
    paths[path] = { ...there, [route.method.toLowerCase()]: operation };
  };
  const inputs = tasks.all.map((task) => ({
    task,
    ...within(jsonSchemaOf(task.input, 'input'), `${task.name}_input`),
  }));
  const anyInput = inputs.length === 0 ? {} : { anyOf: inputs.map(({ shown }) => shown) };
  for (const route of routes) {
    const { path } = route;
    if (!path.includes('{task_name}')) add(path, route, operationOf(route, mode, anyInput));
    else
      for (const { task, shown } of inputs)
        add(path.replace('{task_name}', task.name), route, ofTask(route, mode, task, shown));
  }
  const securitySchemes = SECURITY[mode];
  return {
    openapi: '3.1.0',
    info: { title: 'Background jobs', version: API_VERSION, description: ABOUT },
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    tags: TAGS,
    paths,
    components: {
      schemas: Object.assign(namedSchemas(NAMED), ...inputs.map(({ named }) => named)),
      responses: Object.fromEntries(Object.keys(PROBLEMS).map((code) => [code, problemResponse(code as ProblemCode)])),
      headers: HEADERS,
      ...(Object.keys(securitySchemes).length > 0 && { securitySchemes }),
    },
  };
}

const HEADERS: JsonSchema = {
  'x-request-id': {
    description: "The request's id: the caller's own, or a new one. It is in the log, too.",
    schema: { type: 'string' },
  },
  location: { description: 'The path of the job.', schema: { type: 'string' } },
};

const SECURITY: Readonly<Record<AuthConfig['mode'], JsonSchema>> = {
  none: {},
  iam: {
    sigv4: {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: 'AWS Signature Version 4, service `execute-api`.',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    },
  },
  jwt: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  'api-key': {
    bearer: { type: 'http', scheme: 'bearer', description: 'A key, as `npm run stint -- keys create` made it.' },
  },
};

const ABOUT = `Background jobs: enqueue a task, follow its job, stop it, run it again.

Errors are problem documents (RFC 9457); their \`code\` is stable. Send \`x-request-id\` (1 to 128 visible ASCII characters) to find a request in the log.

Lists: \`next_cursor\` of an answer, sent as the query parameter \`cursor\` with the same filters, continues it. It is not declared as a parameter of its own,
for no value can be made up: one that the API did not answer is refused (400).`;
