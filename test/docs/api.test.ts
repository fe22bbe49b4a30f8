import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { job } from '../../lambdas/http/wire/answers.ts';
import { ROUTES } from '../../lib/routes.ts';
import { blocksOf } from './page.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');

test('the record that it shows is one that the API answers, field for field', () => {
  const record = blocksOf(page, 'json')
    .map(({ code }) => JSON.parse(code) as Record<string, unknown>)
    .find(({ id }) => id !== undefined)!;

  expect(job.parse(record)).toEqual(record);
  expect(Object.keys(record).sort()).toEqual(Object.keys(job.shape).sort());
});

test('its tables name every route, and no other', () => {
  const tables = page.slice(page.indexOf('## Tasks'), page.indexOf('## What a call costs'));
  const named = [...tables.matchAll(/^\| (`(?:GET|POST|PATCH).*?) \|/gm)].flatMap(([, cell = '']) => {
    const [first = '', ...others] = [...cell.matchAll(/`([^`]+)`/g)].map(([, route = '']) => route);
    // `POST /jobs/{job_id}/abort`, `/retry` are two of one job
    return [first, ...others.map((route) => (route.startsWith('/') ? first.replace(/\/[^/]*$/, route) : route))];
  });

  expect(named.toSorted()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
});
