import type { AnyTask } from '../../core/task.ts';
import type { AuthConfig } from '../auth/config.ts';
import { PROBLEMS, type ProblemCode } from '../problem.ts';
import type { Endpoint, Route } from '../router.ts';
import * as wire from '../wire/answers.ts';
import { EXAMPLES } from './examples.ts';
import { type JsonSchema, jsonSchemaOf, referenceTo } from './json-schema.ts';

/** What one route does, as OpenAPI has it. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly JsonSchema[];
  readonly requestBody?: JsonSchema;
  readonly responses: Readonly<Record<string, JsonSchema>>;
  readonly security?: readonly object[];
}

/** The schemas that have a name of their own in the document. */
export const NAMED = {
  Job: wire.job,
  ListedJob: wire.listedJob,
  JobList: wire.jobList,
  Enqueued: wire.enqueued,
  EnqueuedTest: wire.enqueuedTest,
  EnqueuedBatch: wire.enqueuedBatch,
  JobStatus: wire.jobStatus,
  Redriven: wire.redriven,
  Stats: wire.statsAnswer,
  TaskList: wire.taskList,
  Health: wire.healthAnswer,
  Problem: wire.problem,
};

const NAME_OF = new Map<unknown, string>(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

/** What any route can answer, whatever it does. */
const ALWAYS: readonly ProblemCode[] = [
  'malformed',
  'too_large',
  'unsupported_media_type',
  'invalid_input',
  'too_many_requests',
  'internal',
  'unavailable',
];

/**
 * @param input what the body may hold as `input`, where the route takes one
 * @param needsInput whether it must
 */
export function operationOf(route: Route, mode: AuthConfig['mode'], input: JsonSchema, needsInput = false): Operation {
  const { endpoint, needs } = route;
  const { about } = endpoint;
  const parameters = [
    ...pathParameters(route.path),
    ...parametersOf(endpoint.query, 'query'),
    ...parametersOf(endpoint.headers, 'header'),
  ];
  const body = bodySchema(endpoint, input, needsInput);
  const role = needs === 'admin' && mode !== 'none' ? 'For the role `admin`.' : undefined;
  const description = [about.description, role].filter((text) => text !== undefined).join(' ');
  return {
    operationId: about.id,
    summary: about.summary,
    ...(description !== '' && { description }),
    tags: [about.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBody(body, EXAMPLES[about.id]?.request) }),
    responses: responsesOf(route, mode),
    ...(needs === 'nobody' && { security: [] }),
  };
}

/** Enqueueing this task. */
export function ofTask(route: Route, mode: AuthConfig['mode'], task: AnyTask, input: JsonSchema): Operation {
  const needsInput = !takesNothing(task);
  const { operationId, summary, parameters = [], ...operation } = operationOf(route, mode, input, needsInput);
  return {
    ...operation,
    operationId: `${operationId}_${task.name}`,
    summary: `${summary}: ${task.name}`,
    ...(task.description !== undefined && { description: task.description }),
    parameters: parameters.filter(({ name }) => name !== 'task_name'),
  };
}

function takesNothing({ input }: AnyTask): boolean {
  try {
    return input.safeParse({}).success;
  } catch {
    return true; // a schema that answers later: who leaves the input out is told
  }
}

const isEmpty = (schema: JsonSchema): boolean =>
  Object.keys((schema.properties as object | undefined) ?? {}).length === 0;

/** The schema of the body, if the route takes one. */
function bodySchema(endpoint: Endpoint, shown: JsonSchema, needsInput: boolean): JsonSchema | undefined {
  const schema = jsonSchemaOf(endpoint.body, 'input');
  if (isEmpty(schema)) return undefined;
  const { input, ...others } = schema.properties as Record<string, JsonSchema>;
  if (input === undefined) return schema;
  const properties = { ...others, input: { ...input, ...shown } };
  return { ...schema, properties, ...(needsInput && { required: ['input'] }) };
}

const requestBody = (schema: JsonSchema, example: unknown): JsonSchema => ({
  required: ['required', 'anyOf', 'minProperties'].some((name) => schema[name] !== undefined), // an empty body counts as {}
  content: { 'application/json': { schema, ...(example !== undefined && { example }) } },
});

const pathParameters = (path: string): JsonSchema[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'job_id' ? { type: 'string', format: 'uuid' } : { type: 'string' },
  }));

function parametersOf(schema: Endpoint['query'], place: 'query' | 'header'): JsonSchema[] {
  const { properties = {} } = jsonSchemaOf(schema, 'input') as { properties?: Record<string, JsonSchema> };
  const shownOnes = Object.entries(properties).filter(([, { undeclared }]) => undeclared !== true);
  return shownOnes.map(([name, { description, ...shown }]) => ({
    name: place === 'header' ? name.replace(/(^|-)\w/g, (letter) => letter.toUpperCase()) : name,
    in: place,
    ...(description !== undefined && { description }),
    schema: shown,
  }));
}

function responsesOf({ endpoint, needs }: Route, mode: AuthConfig['mode']): Record<string, JsonSchema> {
  const { about } = endpoint;
  const guarded: ProblemCode[] = needs === 'nobody' || mode === 'none' ? [] : ['unauthenticated', 'forbidden'];
  const codes = [...ALWAYS, ...guarded, ...(about.problems ?? [])];
  const byStatus = Map.groupBy(codes, (code) => String(PROBLEMS[code][0]));
  return {
    [about.answer.status]: okResponse(about),
    ...Object.fromEntries([...byStatus].map(([status, all]) => [status, problemsResponse(all)])),
  };
}

function okResponse({ id, answer }: Endpoint['about']): JsonSchema {
  const name = NAME_OF.get(answer.schema);
  const schema = name === undefined ? jsonSchemaOf(answer.schema, 'output') : { $ref: referenceTo(name) };
  const example = EXAMPLES[id]?.answer;
  return {
    description: answer.description,
    headers: Object.fromEntries(
      ['x-request-id', ...(answer.headers ?? [])].map((header) => [header, { $ref: `#/components/headers/${header}` }]),
    ),
    content: { [answer.type ?? 'application/json']: { schema, ...(example !== undefined && { example }) } },
  };
}

function problemsResponse(codes: readonly ProblemCode[]): JsonSchema {
  const [only] = codes;
  if (codes.length === 1) return { $ref: `#/components/responses/${only}` };
  const each = codes.map(problemResponse);
  return { ...each[0], description: codes.map((code) => `${PROBLEMS[code][1]} (\`${code}\`)`).join(', or ') };
}

export const problemResponse = (code: ProblemCode): JsonSchema => {
  const [status, title] = PROBLEMS[code];
  return {
    description: `${title} (\`${code}\`)`,
    headers: { 'x-request-id': { $ref: '#/components/headers/x-request-id' } },
    content: {
      'application/problem+json': {
        schema: { $ref: referenceTo('Problem') },
        example: {
          type: `/problems/${code.replaceAll('_', '-')}`,
          title,
          status,
          detail: 'What is wrong, and what to do.',
          code,
          ...(code === 'invalid_input' && { errors: [{ path: '$.input', message: 'what does not fit' }] }),
          request_id: '8c1f0d0e-5d2b-4c43-9d3f-0b8f6f0f6a11',
        },
      },
    },
  };
};
