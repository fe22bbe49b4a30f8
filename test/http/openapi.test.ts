import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { ROUTES } from '../../lambdas/http/api.ts';
import type { AuthConfig } from '../../lambdas/http/auth/config.ts';
import { type OpenApiDocument, openApiDocument } from '../../lambdas/http/openapi/document.ts';
import type { Operation } from '../../lambdas/http/openapi/operation.ts';
import { anything, report, setup } from './setup.ts';

const TASKS = createRegistry([anything, report]);
const documentOf = (mode: AuthConfig['mode'] = 'none', tasks = TASKS) => openApiDocument(ROUTES, tasks, mode);
const operations = ({ paths }: OpenApiDocument): Operation[] =>
  Object.values(paths).flatMap((each) => Object.values(each));
const bodyOf = (document: OpenApiDocument, path: string, method: string) =>
  (document.paths[path]![method]!.requestBody as { content: Record<string, { schema: Record<string, unknown> }> })
    .content['application/json']!.schema;

function ajvFor(document: OpenApiDocument): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  return ajv.addSchema(document, 'api');
}

test('every route is there, and a task has a path of its own', () => {
  const document = documentOf();
  const wanted = ROUTES.flatMap(({ method, path }) =>
    path.includes('{task_name}')
      ? TASKS.all.map(({ name }) => `${method} ${path.replace('{task_name}', name)}`)
      : [`${method} ${path}`],
  );
  const there = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(there.toSorted()).toEqual(wanted.toSorted());
});

test('operations have names of their own, and say in a line what they do', () => {
  const all = operations(documentOf());
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  for (const { summary } of all) expect(summary).toMatch(/^\S.{3,80}$/);
});

/** @returns how many there are */
function expectReferencesToLead(document: OpenApiDocument): number {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer]) => pointer ?? '');
  for (const pointer of new Set(references))
    expect(
      pointer
        .split('/')
        .slice(1)
        .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], document),
      pointer,
    ).toBeTypeOf('object');
  return references.length;
}

test('every reference leads somewhere', () => {
  expect(expectReferencesToLead(documentOf())).toBeGreaterThan(50);
});

test('its examples fit its schemas, and every route that answers JSON of its own has one', () => {
  const document = documentOf();
  const ajv = ajvFor(document);
  const held: string[] = [];
  for (const { operationId, requestBody, responses } of operations(document)) {
    const media = [requestBody, ...Object.values(responses)].flatMap((each) =>
      Object.values(
        (each as { content?: Record<string, { schema: object; example?: unknown }> } | undefined)?.content ?? {},
      ),
    );
    for (const { schema, example } of media) {
      if (example === undefined) continue;
      held.push(operationId);
      const text = JSON.stringify(schema).replaceAll('"#/', '"api#/');
      const validate = ajv.compile(JSON.parse(text));
      expect(validate(example), `${operationId}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  }
  const ids = new Set(operations(document).map(({ operationId }) => operationId));
  const without = ['getOpenApi', 'getDocs', 'listTasks'];
  expect([...ids].filter((id) => !held.includes(id)).toSorted()).toEqual(without.toSorted());
});

describe('the body of a task', () => {
  test("has the schema of the task's input, required if the task needs one", () => {
    const document = documentOf();
    const schema = bodyOf(document, '/tasks/report/jobs', 'post');
    expect(schema).toMatchObject({
      required: ['input'],
      properties: { input: { type: 'object', required: ['pages'] }, max_attempts: { minimum: 1, maximum: 50 } },
      additionalProperties: false,
    });
    expect(bodyOf(document, '/tasks/anything/jobs', 'post').required).toBeUndefined();
  });

  test('leads somewhere within the document, where its schema holds itself or what has a name', () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    const money = z.object({ amount: z.number() }).meta({ id: 'Money/EUR net~1' });
    const inputs = {
      tree: node,
      forest: z.object({ trees: z.array(node) }),
      price: z.object({ net: money, gross: money }),
    };
    const tasks = Object.entries(inputs).map(([name, input]) =>
      defineTask({ name, input, output: z.unknown(), run: () => null }),
    );
    const document = documentOf('none', createRegistry(tasks));
    expectReferencesToLead(document);
    const ajv = ajvFor(document);
    const fits = (name: string, input: unknown) =>
      ajv.validate(
        { $ref: `api#/paths/~1tasks~1${name}~1jobs/post/requestBody/content/application~1json/schema` },
        { input },
      );
    const tree = { name: 'a', children: [{ name: 'b', children: [] }] };
    const bad = { name: 'a', children: [{ name: 1, children: [] }] };
    expect([
      fits('tree', tree),
      fits('forest', { trees: [tree] }),
      fits('price', { net: { amount: 1 }, gross: { amount: 2 } }),
    ]).toEqual([true, true, true]);
    expect([
      fits('tree', bad),
      fits('forest', { trees: [bad] }),
      fits('price', { net: { amount: 1 }, gross: {} }),
    ]).toEqual([false, false, false]);
  });

  test('is there for a schema that JSON Schema cannot express', () => {
    const odd = defineTask({ name: 'odd', input: z.custom<string>(), output: z.unknown(), run: () => null });
    const document = documentOf('none', createRegistry([odd]));
    expect(bodyOf(document, '/tasks/odd/jobs', 'post').properties).toHaveProperty('input');
  });
});

test.each([[[]], [[report]]])('a change of a job needs no input, whatever tasks there are', (tasks) => {
  const validate = ajvFor(documentOf('none', createRegistry(tasks)));
  const schema = { $ref: 'api#/paths/~1jobs~1{job_id}/patch/requestBody/content/application~1json/schema' };
  expect(validate.validate(schema, { now: true }), validate.errorsText()).toBe(true);
});

test('what a route answers where its task is not there is in the document', async () => {
  const { call } = setup({}, [anything]); // holds each answer to the document
  expect(await call('POST /tasks/trigger-test')).toMatchObject({ status: 404, body: { code: 'unknown_task' } });
});

describe('what excludes each other', () => {
  const validates = (path: string, method: string, body: unknown) => {
    const document = documentOf();
    return ajvFor(document).compile(bodyOf(document, path, method))(body);
  };
  test.each([
    ['/tasks/anything/jobs', 'post', { delay_seconds: 1 }, { delay_seconds: 1, scheduled_at: '2026-01-01T00:00:00Z' }],
    ['/jobs/{job_id}', 'patch', { now: true }, { now: true, delay_seconds: 1 }],
    ['/jobs/{job_id}', 'patch', { now: true, input: { pages: [] } }, {}],
    ['/jobs/abort', 'post', { status: 'queued' }, { dry_run: true }],
    ['/dead-letters/redrive', 'post', { all: true }, { all: true, task_name: 'report' }],
    ['/dead-letters/redrive', 'post', { task_name: 'report' }, {}],
  ])('%s %s takes %j, not %j', async (path, method, good, bad) => {
    expect([validates(path, method, good), validates(path, method, bad)]).toEqual([true, false]);
    const { call } = setup();
    const target = path.replace('{job_id}', '00000000-0000-7000-8000-ffffffffffff');
    expect((await call(`${method.toUpperCase()} ${target}`, { body: good })).status).not.toBe(422);
    expect((await call(`${method.toUpperCase()} ${target}`, { body: bad })).status).toBe(422);
  });
});

test.each([
  ['none', undefined, []],
  ['iam', 'apiKey', ['sigv4']],
  ['jwt', 'http', ['bearer']],
  ['api-key', 'http', ['bearer']],
] as const)('with auth %s it says how callers sign in', (mode, type, names) => {
  const { security, components, paths } = documentOf(mode);
  expect(security.flatMap((each) => Object.keys(each))).toEqual(names);
  for (const name of names) expect(components.securitySchemes?.[name]).toMatchObject({ type });
  expect(paths['/health']?.get?.security).toEqual([]);
  expect(Object.keys(paths['/stats']!.get!.responses).includes('401')).toBe(mode !== 'none');
});

test('is served, and as a page that loads nothing and runs nothing', async () => {
  const { call } = setup();
  const json = await call('GET /openapi.json');
  expect(json).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });

  const page = await call('GET /docs');
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  });
  for (const path of Object.keys(json.body.paths)) expect(page.body).toContain(path);
  expect(page.body).not.toMatch(/<script|<img|<link|src=|https?:/);
});

test('the page shows what tasks say of themselves as text', async () => {
  const bad = defineTask({
    name: 'bad',
    description: '<script>alert(1)</script>',
    input: z.object({ x: z.string().describe('<b>"&') }),
    output: z.unknown(),
    run: () => null,
  });
  const { call } = setup({}, [bad]);
  const { body } = await call('GET /docs');
  expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(body).not.toContain('<script');
});
