import { PROTOCOL } from '../../lambdas/core/protocol.ts';
import {
  type Condition,
  field,
  literal,
  sum,
  type Term,
  type Transition,
  type Update,
} from '../../lambdas/core/transition.ts';
import type { Mutant } from './mutant.ts';
import { SOURCE_MUTANTS } from './source-mutants.ts';

const MAX_WORDS = 90;

function termInWords(term: Term): string {
  switch (term.from) {
    case 'literal':
      return JSON.stringify(term.value);
    case 'given':
      return `:${term.name}`;
    case 'field':
      return term.field;
    case 'sum':
      return term.of.map(termInWords).join(' + ');
  }
}

function inWords(condition: Condition): string {
  switch (condition.is) {
    case 'no record':
      return 'there is no record';
    case 'compare':
      return `${condition.field} ${condition.by} ${termInWords(condition.to)}`;
    case 'one of':
      return `${condition.field} in ${condition.values.join(', ')}`;
    case 'all':
      return condition.of.map(inWords).join(' and ');
    case 'either':
      return condition.of.map((each) => `(${inWords(each)})`).join(' or ');
  }
}

const ALWAYS: Condition = { is: 'all', of: [] };

/** Each way to take one part out of a condition, with the part in words. */
function without(condition: Condition): { readonly what: string; readonly left: Condition }[] {
  switch (condition.is) {
    case 'all':
      return condition.of.flatMap((part, i) => {
        const others = (instead: readonly Condition[]): Condition => ({
          is: 'all',
          of: [...condition.of.slice(0, i), ...instead, ...condition.of.slice(i + 1)],
        });
        const inside =
          part.is === 'either' ? without(part).map(({ what, left }) => ({ what, left: others([left]) })) : [];
        return [{ what: `does not ask for: ${inWords(part)}`, left: others([]) }, ...inside];
      });
    case 'either':
      return condition.of.flatMap((part, i) => {
        const others = (instead: readonly Condition[]): Condition => ({
          is: 'either',
          of: [...condition.of.slice(0, i), ...instead, ...condition.of.slice(i + 1)],
        });
        const inside = part.is === 'all' ? without(part).map(({ what, left }) => ({ what, left: others([left]) })) : [];
        return [{ what: `does not take: ${inWords(part)}`, left: others([]) }, ...inside];
      });
    case 'one of':
    case 'compare':
    case 'no record':
      return [{ what: `does not ask for: ${inWords(condition)}`, left: ALWAYS }];
  }
}

/** Each status taken out of a list of them. */
function fewerStatuses(condition: Condition): { readonly what: string; readonly left: Condition }[] {
  if (condition.is === 'one of')
    return condition.values.map((value) => ({
      what: `does not take: ${condition.field} = ${value}`,
      left: { ...condition, values: condition.values.filter((each) => each !== value) },
    }));
  if (condition.is !== 'all') return [];
  return condition.of.flatMap((part, i) =>
    fewerStatuses(part).map(({ what, left }) => ({
      what,
      left: { is: 'all' as const, of: [...condition.of.slice(0, i), left, ...condition.of.slice(i + 1)] },
    })),
  );
}

/** The fields that the protocol decides by. Those that only inform are held by test/core/protocol.test.ts. */
const DECIDING: readonly string[] = [
  'status',
  'attempt',
  'attempt_limit',
  'dispatch',
  'owner',
  'lease_expires_at',
  'scheduled_at',
  'due_at',
  'input',
  'expires_at',
  'ttl',
];

function mutantsOf(transition: Transition): Mutant[] {
  const of = transition.name;
  const conditions = [...without(transition.when), ...fewerStatuses(transition.when)].map(({ what, left }) => ({
    name: `${of}: ${what}`.slice(0, MAX_WORDS + of.length),
    of,
    transition: { ...transition, when: left } as Transition,
  }));
  if (transition.does === 'put') return conditions;
  const set = Object.keys(transition.set)
    .filter(decides)
    .map((name) => ({
      name: `${of}: does not set ${name}`,
      of,
      transition: { ...transition, set: omit(transition.set, name) } as Transition,
    }));
  const removed = transition.remove.filter(decides).map((name) => ({
    name: `${of}: does not remove ${name}`,
    of,
    transition: { ...transition, remove: transition.remove.filter((each) => each !== name) } as Transition,
  }));
  return [...conditions, ...set, ...removed];
}

const decides = (name: string) => DECIDING.includes(name);

function omit(set: Update['set'], name: string): Update['set'] {
  return Object.fromEntries(Object.entries(set).filter(([each]) => each !== name));
}

const backoffBumpsDispatch: readonly Mutant[] = [PROTOCOL.retry, PROTOCOL.retryBySweep].map((transition) => ({
  name: `${transition.name}: counts as a new dispatch`,
  of: transition.name,
  transition: {
    ...(transition as Transition as Update),
    set: { ...transition.set, dispatch: sum(field('dispatch'), literal(1)) },
  },
}));

/** Every mutant there is: those of the transitions follow from protocol.ts itself. */
export const MUTANTS: readonly Mutant[] = [
  ...Object.values(PROTOCOL).flatMap((transition) => mutantsOf(transition as Transition)),
  ...backoffBumpsDispatch,
  ...SOURCE_MUTANTS,
];
