import type { JobRecord, PastAttempt, Payload, Progress, Status } from './record.ts';

/**
 * The language in which protocol.ts is written: a transition is a value that says what must hold, what is set and what
 * is removed. Two small interpreters apply it: `evaluate` below on a plain object, and the DynamoDB adapter, which
 * compiles it once to expressions. So both stores keep the same promises by construction.
 */

/** What a call of a transition can be given, by name. */
export interface Given {
  /** The whole record that a put writes. */
  record: JobRecord;
  /** The record as a write leaves it, by a caller that holds it: in no condition, for the answer alone. */
  after: JobRecord;
  run: string;
  dispatch: number;
  now: number;
  owner: string;
  lease_expires_at: number;
  expires_at: number;
  ttl: number;
  scheduled_at: number;
  input: Payload;
  due_at: number;
  result: Payload;
  error: string;
  attempts: readonly PastAttempt[];
  progress: Progress | null;
}

type Field = keyof JobRecord;
type Name = keyof Given;

/** Where a compared or assigned value comes from. `K` collects the names that a transition must be given. */
export type Term<K extends Name = Name> =
  | { readonly from: 'literal'; readonly value: string | number }
  | { readonly from: 'given'; readonly name: K }
  | { readonly from: 'field'; readonly field: Field }
  /** The sum of two terms, of the values before the write. */
  | { readonly from: 'sum'; readonly of: readonly [Term<K>, Term<K>] };

export type Condition<K extends Name = Name> =
  | { readonly is: 'no record' }
  | { readonly is: 'compare'; readonly field: Field; readonly by: '=' | '<' | '<=' | '>='; readonly to: Term<K> }
  | { readonly is: 'one of'; readonly field: Field; readonly values: readonly string[] }
  | { readonly is: 'all' | 'either'; readonly of: readonly Condition<K>[] };

/** Changes some fields of a record. */
export interface Update<K extends Name = Name> {
  readonly does: 'update';
  readonly name: string;
  readonly when: Condition<K>;
  readonly set: { readonly [F in Field]?: Term<K> };
  readonly remove: readonly Field[];
  /** The record after it, where its caller knows that: the store need not send it back. */
  readonly answer?: Term<K>;
}

/** Writes a whole record: the one it is given. */
export interface Put<K extends Name = Name> {
  readonly does: 'put';
  readonly name: string;
  readonly when: Condition<Exclude<K, 'record'>>;
}

export type Transition<K extends Name = Name> = Update<K> | Put<K>;

export const given = <K extends Name>(name: K): Term<K> => ({ from: 'given', name });
export const literal = (value: string | number): Term<never> => ({ from: 'literal', value });
export const field = (name: Field): Term<never> => ({ from: 'field', field: name });
export const sum = <K extends Name>(a: Term<K>, b: Term<K>): Term<K> => ({ from: 'sum', of: [a, b] });

export const noRecord: Condition<never> = { is: 'no record' };
export const status = (value: Status): Condition<never> => compare('status', '=', literal(value));
export const statusIn = (...values: readonly Status[]): Condition<never> => ({ is: 'one of', field: 'status', values });
export const compare = <K extends Name>(name: Field, by: '=' | '<' | '<=' | '>=', to: Term<K>): Condition<K> => ({
  is: 'compare',
  field: name,
  by,
  to,
});
export const all = <K extends Name>(...of: readonly Condition<K>[]): Condition<K> => ({ is: 'all', of });
export const either = <K extends Name>(...of: readonly Condition<K>[]): Condition<K> => ({ is: 'either', of });

type Value = string | number | undefined;

function resolved(term: Term, record: Partial<JobRecord>, values: Partial<Given>): unknown {
  switch (term.from) {
    case 'literal':
      return term.value;
    case 'field':
      return record[term.field];
    case 'given': {
      const value = values[term.name];
      if (value === undefined) throw new TypeError(`A transition was not given '${term.name}'.`);
      return value;
    }
    case 'sum': {
      const [a, b] = term.of.map((each) => resolved(each, record, values));
      return (a as number) + (b as number);
    }
  }
}

/** Whether a condition holds for a record, as DynamoDB would judge it: a comparison with a missing field is false. */
export function holds(condition: Condition, record: JobRecord | undefined, values: Partial<Given>): boolean {
  switch (condition.is) {
    case 'no record':
      return record === undefined;
    case 'all':
      return condition.of.every((each) => holds(each, record, values));
    case 'either':
      return condition.of.some((each) => holds(each, record, values));
    case 'one of':
      return condition.values.includes(String(record?.[condition.field]));
    case 'compare': {
      const left = record?.[condition.field] as Value;
      const right = resolved(condition.to, record ?? {}, values) as Value;
      if (left === undefined || right === undefined || typeof left !== typeof right) return false;
      switch (condition.by) {
        case '=':
          return left === right;
        case '<':
          return left < right;
        case '<=':
          return left <= right;
        case '>=':
          return left >= right;
      }
    }
  }
}

/** The record after a transition whose condition holds. Every assigned value is of the record before the write. */
export function written(record: JobRecord | undefined, transition: Transition, values: Partial<Given>): JobRecord {
  if (transition.does === 'put') return values.record as JobRecord;
  const after: Record<string, unknown> = { ...record };
  for (const [name, term] of Object.entries(transition.set)) after[name] = resolved(term, record ?? {}, values);
  for (const name of transition.remove) delete after[name];
  return after as unknown as JobRecord;
}
