import { expect, it } from 'vitest';
import { sampleOf } from '../../../bin/ui/page/sample.ts';
import { duration, took } from '../../../bin/ui/page/text.ts';
import type { Job } from '../../../client/index.ts';

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [65_000, '65 s'],
  [600_000, '10 min'],
])('%d ms are %s', (millis, text) => expect(duration(millis)).toBe(text));

it('what a job has taken is that of its newest attempt, and grows while that runs', () => {
  const of = (job: Partial<Job>) =>
    took({ started_at: null, completed_at: null, status: 'queued', ...job } as Job, 5_000);
  const started_at = new Date(1_000).toISOString();

  expect(of({})).toBeUndefined();
  expect(of({ status: 'active', started_at })).toBe('4.0 s');
  expect(of({ status: 'complete', started_at, completed_at: new Date(1_250).toISOString() })).toBe('250 ms');
  expect(of({ status: 'queued', started_at })).toBeUndefined(); // it waits for another attempt
});

it('a sample has what a schema asks for, and its defaults', () => {
  const schema = {
    type: 'object',
    required: ['name', 'count', 'kind', 'on', 'list', 'either', 'inner', 'fixed', 'maybe'],
    properties: {
      name: { type: 'string' },
      count: { type: 'integer', minimum: 3 },
      kind: { enum: ['a', 'b'] },
      on: { type: 'boolean' },
      list: { type: 'array' },
      either: { anyOf: [{ const: 'x' }, { type: 'null' }] },
      inner: { type: 'object', required: ['a'], properties: { a: { examples: ['e'], type: 'string' } } },
      fixed: { const: 7 },
      maybe: { type: ['null', 'string'] },
      defaulted: { type: 'number', default: 9 },
      left_out: { type: 'string' },
    },
  };

  expect(sampleOf(schema)).toEqual({
    name: '',
    count: 3,
    kind: 'a',
    on: false,
    list: [],
    either: 'x',
    inner: { a: 'e' },
    fixed: 7,
    maybe: null,
    defaulted: 9,
  });
});
