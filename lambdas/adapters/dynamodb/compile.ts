import type { Condition, Given, Term, Transition } from '../../core/transition.ts';

/** A transition as DynamoDB takes it, all but the values of one call. */
export interface Compiled {
  readonly condition: string;
  /** Undefined for a put. */
  readonly update: string | undefined;
  readonly names: Record<string, string>;
  /** The values of one call: what is literal in the transition, and what this call is given. */
  bind(given: Partial<Given>): Record<string, unknown>;
}

/**
 * Compiles a transition to DynamoDB expressions, once.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
 */
export function compile(transition: Transition): Compiled {
  const names: Record<string, string> = {};
  const literals = new Map<string | number, string>();
  const givens: (keyof Given)[] = [];

  const name = (field: string): string => {
    names[`#${field}`] = field;
    return `#${field}`;
  };
  /** Numbered: a literal may be a user's id, of any characters. */
  const literal = (value: string | number): string => {
    const key = literals.get(value) ?? `:_${literals.size}`;
    literals.set(value, key);
    return key;
  };
  const term = (of: Term): string => {
    switch (of.from) {
      case 'literal':
        return literal(of.value);
      case 'field':
        return name(of.field);
      case 'given':
        if (!givens.includes(of.name)) givens.push(of.name);
        return `:${of.name}`;
      case 'sum':
        return of.of.map(term).join(' + ');
    }
  };
  const text = (condition: Condition): string => {
    switch (condition.is) {
      case 'no record':
        return `attribute_not_exists(${name('pk')})`;
      case 'compare':
        return `${name(condition.field)} ${condition.by} ${term(condition.to)}`;
      case 'one of':
        return `${name(condition.field)} IN (${condition.values.map(literal).join(', ')})`;
      case 'all':
        return condition.of.map(part).join(' AND ');
      case 'either':
        return condition.of.map(part).join(' OR ');
    }
  };
  const part = (condition: Condition): string =>
    condition.is === 'all' || condition.is === 'either' ? `(${text(condition)})` : text(condition);

  const condition = text(transition.when);
  const update = transition.does === 'put' ? undefined : updateOf(transition, name, term);
  const fixed = Object.fromEntries([...literals].map(([value, key]) => [key, value]));
  return {
    condition,
    update,
    names,
    bind(given) {
      const values: Record<string, unknown> = { ...fixed };
      for (const each of givens) {
        if (given[each] === undefined) throw new TypeError(`Transition '${transition.name}' was not given '${each}'.`);
        values[`:${each}`] = given[each];
      }
      return values;
    },
  };
}

function updateOf(
  { set, remove }: Extract<Transition, { does: 'update' }>,
  name: (field: string) => string,
  term: (of: Term) => string,
): string {
  const sets = Object.entries(set).map(([field, value]) => `${name(field)} = ${term(value)}`);
  const parts = [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.map(name).join(', ')}` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
