import { describe, expect, test } from 'vitest';
import { compile } from '../../../lambdas/adapters/dynamodb/compile.ts';
import { PROTOCOL } from '../../../lambdas/core/protocol.ts';
import type { Given, Transition } from '../../../lambdas/core/transition.ts';

const all = Object.entries(PROTOCOL) as unknown as [string, Transition][];
const given: Given = {
  record: {} as never,
  after: {} as never,
  run: 'run-1',
  dispatch: 1,
  now: 2,
  owner: 'me',
  lease_expires_at: 3,
  expires_at: 4,
  ttl: 5,
  scheduled_at: 6,
  due_at: 7,
  result: { json: '1' },
  input: { json: '1' },
  error: 'x',
  attempts: [],
  progress: null,
};

test('a put has a condition and nothing else', () => {
  const compiled = compile(PROTOCOL.create as Transition);
  expect(compiled).toMatchObject({ condition: 'attribute_not_exists(#pk)', update: undefined, names: { '#pk': 'pk' } });
  expect(compiled.bind(given)).toEqual({});
});

test('the claim reads as row 4 of the protocol', () => {
  const { condition, update, names, bind } = compile(PROTOCOL.claim as Transition);

  expect(condition).toBe(
    '#run = :run AND #dispatch <= :dispatch AND #attempt < #attempt_limit AND ' +
      '((#status = :_0 AND #scheduled_at <= :now) OR (#status = :_1 AND #lease_expires_at < :now))',
  );
  expect(update).toBe(
    'SET #status = :_1, #attempt = #attempt + :_2, #owner = :owner, #lease_expires_at = :lease_expires_at, ' +
      '#started_at = :now REMOVE #due_at, #progress',
  );
  for (const [key, field] of Object.entries(names)) expect(key).toBe(`#${field}`);
  expect(bind(given)).toEqual({
    ':_0': 'queued',
    ':_1': 'active',
    ':_2': 1,
    ':run': 'run-1',
    ':dispatch': 1,
    ':now': 2,
    ':owner': 'me',
    ':lease_expires_at': 3,
  });
});

test('a write that only removes has no SET, one that only sets has no REMOVE', () => {
  expect(compile(PROTOCOL.sweepDone as Transition).update).toBe('REMOVE #due_at');
  expect(compile(PROTOCOL.abortActive as Transition).update).toBe('SET #status = :_1');
});

test('a value that was not given is a mistake of the code, found before anything is sent', () => {
  const { bind } = compile(PROTOCOL.claim as Transition);
  expect(() => bind({ ...given, owner: undefined as never })).toThrow("Transition 'claim' was not given 'owner'.");
  expect(compile(PROTOCOL.heartbeat as Transition).bind({ owner: 'me', progress: null })).toEqual({
    ':_0': 'active',
    ':_1': 'aborting',
    ':owner': 'me',
    ':progress': null,
  });
});

// What AWS refuses, and an emulator may not.
describe.each(all)('"%s"', (_name, transition) => {
  const { condition, update = '', names, bind } = compile(transition);
  const text = `${condition} ${update}`;

  test('defines every name and value that it uses, and uses every one that it defines', () => {
    const used = (kind: string) => new Set(text.match(new RegExp(`${kind}\\w+`, 'g')));
    expect(used('#')).toEqual(new Set(Object.keys(names)));
    expect(used(':')).toEqual(new Set(Object.keys(bind(given))));
  });

  test('names no attribute without a placeholder: many are reserved words', () => {
    const bare = text.replace(/[#:]\w+/g, '').match(/[a-z]\w*/gi) ?? [];
    const keywords = ['SET', 'REMOVE', 'AND', 'OR', 'IN', 'attribute_not_exists'];
    expect(bare.filter((word) => !keywords.includes(word))).toEqual([]);
  });

  test('has no redundant parentheses', () => {
    const opened: number[] = [];
    const pairs = new Map<number, number>();
    for (const [i, char] of [...condition].entries()) {
      if (char === '(') opened.push(i);
      if (char === ')') pairs.set(opened.pop() ?? -1, i);
    }
    for (const [open, close] of pairs) expect(pairs.get(open + 1), condition).not.toBe(close - 1);
  });

  test('touches no attribute twice, nor the key', () => {
    const paths = [...update.matchAll(/(?:SET|REMOVE|,) (#\w+)/g)].map(([, path]) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).not.toContain('#pk');
  });

  test('stays within 4 KB an expression', () => {
    expect(condition.length).toBeLessThan(4_096);
    expect(update.length).toBeLessThan(4_096);
  });
});
