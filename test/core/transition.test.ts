import { expect, test } from 'vitest';
import { type JobRecord, newRecord } from '../../lambdas/core/record.ts';
import {
  all,
  type Condition,
  compare,
  either,
  field,
  type Given,
  given,
  holds,
  literal,
  noRecord,
  status,
  statusIn,
  sum,
  type Update,
  written,
} from '../../lambdas/core/transition.ts';

const record: JobRecord = {
  ...newRecord('job-1', 'run-1', 'resize', {
    queue: 'default',
    input: { json: '{}' },
    max_attempts: 3,
    created_at: 5,
    scheduled_at: 0,
  }),
  attempt: 2,
};
const is = (condition: Condition, values: Partial<Given> = {}, of: JobRecord | undefined = record) =>
  holds(condition, of, values);

test('a field is compared with a given value, a literal or another field', () => {
  expect(is(compare('run', '=', given('run')), { run: 'run-1' })).toBe(true);
  expect(is(compare('run', '=', given('run')), { run: 'run-2' })).toBe(false);
  expect(is(compare('attempt', '=', literal(2)))).toBe(true);
  expect(is(compare('attempt', '<', field('attempt_limit')))).toBe(true);
  expect(is(compare('attempt_limit', '<', field('attempt')))).toBe(false);
});

test.each([
  ['=', [false, true, false]],
  ['<', [false, false, true]],
  ['<=', [false, true, true]],
  ['>=', [true, true, false]],
] as const)('2 %s 1, 2 and 3', (by, expected) => {
  expect([1, 2, 3].map((value) => is(compare('attempt', by, literal(value))))).toEqual(expected);
});

test('a comparison with a field that is missing, or of another type, is false whatever it asks', () => {
  for (const by of ['=', '<', '<=', '>='] as const) {
    expect(is(compare('lease_expires_at', by, literal(0)))).toBe(false);
    expect(is(compare('attempt', by, field('lease_expires_at')))).toBe(false);
    expect(is(compare('attempt', by, literal('2')))).toBe(false);
    expect(holds(compare('attempt', by, literal(2)), undefined, {})).toBe(false);
  }
});

test('a status is one, or one of several; a record that is not there has none', () => {
  expect(is(status('queued'))).toBe(true);
  expect(is(statusIn('active', 'queued'))).toBe(true);
  expect(is(statusIn('active', 'aborting'))).toBe(false);
  expect(holds(statusIn('active', 'queued'), undefined, {})).toBe(false);
});

test('a record is there or not', () => {
  expect(is(noRecord)).toBe(false);
  expect(holds(noRecord, undefined, {})).toBe(true);
});

test('conditions are joined by all or either', () => {
  const [yes, no] = [status('queued'), status('active')];
  expect([all(yes, yes), all(yes, no), either(no, yes), either(no, no)].map((each) => is(each))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('an update sets fields from the values before the write, removes others and leaves the rest', () => {
  const update: Update<'owner'> = {
    does: 'update',
    name: 'test',
    when: all(),
    set: { attempt: sum(field('attempt'), literal(1)), dispatch: field('attempt'), owner: given('owner') },
    remove: ['tags', 'scheduled_at'],
  };
  const { scheduled_at: _, ...rest } = record;

  expect(written(record, update, { owner: 'me' })).toStrictEqual({ ...rest, attempt: 3, dispatch: 2, owner: 'me' });
  expect(record).toHaveProperty('scheduled_at');
});

test('a put writes the record that it is given', () => {
  expect(written(undefined, { does: 'put', name: 'test', when: noRecord }, { record })).toBe(record);
});

test('a value that a transition needs and is not given is a mistake of the code, and says which', () => {
  expect(() => is(compare('run', '=', given('run')))).toThrow("was not given 'run'");
});
