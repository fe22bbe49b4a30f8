import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedId, fingerprint, timeOrderedId } from '../../lambdas/core/ids.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('the same parts give the same id, a UUID of version 8', () => {
  const id = derivedId('key', 'resize', 'user-1');

  expect(derivedId('key', 'resize', 'user-1')).toBe(id);
  expect(UUID.exec(id)?.[1]).toBe('8');
});

test('ids of another kind, or whose parts are cut elsewhere, differ', () => {
  const ids = [
    derivedId('key', 'resize', 'user-1'),
    derivedId('idempotency-key', 'resize', 'user-1'),
    derivedId('key', 'resizeuser', '-1'),
    derivedId('key', 'resize","user-1'),
    derivedId('key', 'resize', 'user-2'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('ids made later sort later, and carry their time', () => {
  const random = new Uint8Array(10).fill(255);
  const [early, late] = [
    timeOrderedId(1_767_225_600_000, random),
    timeOrderedId(1_767_225_600_001, new Uint8Array(10)),
  ];

  expect(early < late).toBe(true);
  expect(early).toBe('019b76da-a800-7fff-bfff-ffffffffffff');
  expect(UUID.exec(late)?.[1]).toBe('7');
});

test('a fingerprint does not depend on the order of keys', () => {
  expect(fingerprint({ a: 1, b: { c: [1, 2], d: null } })).toBe(fingerprint({ b: { d: null, c: [1, 2] }, a: 1 }));
  expect(fingerprint({ a: [1, 2] })).not.toBe(fingerprint({ a: [2, 1] }));
  expect(fingerprint({ a: '1' })).not.toBe(fingerprint({ a: 1 }));
});

test('values that are the same JSON have one fingerprint, others have not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      return (
        fingerprint(a) === fingerprint(JSON.parse(JSON.stringify(a))) &&
        (same || fingerprint(a) !== fingerprint(b) || sameButOrder(a, b))
      );
    }),
    { seed: 1 },
  );
});

function sameButOrder(a: unknown, b: unknown): boolean {
  expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
  return true;
}
