import * as fc from 'fast-check';
import { PROTOCOL } from '../../lambdas/core/protocol.ts';

/** What an external call suffers. See testing/invocation.ts; the last three are of the network. */
export const FAULTS = [
  'crash before',
  'crash after',
  'throttled',
  'unanswered',
  'retried',
  /** It takes effect, its reply is lost, others act, and the SDK makes the same call again. */
  'retried later',
  /** The caller is told `unavailable`; the call takes effect later all the same. */
  'lands late',
  /** The SDK gave up on a call that was slow and made it again; the slow one takes effect later, too. */
  'echo',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** What a task does next. */
export const OUTCOMES = [
  'return',
  'throw',
  'retry after 20 s',
  'retry after 20 min',
  'give up',
  'cancel',
  'bad output',
  'progress',
  'enqueue a child',
] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

export const ENQUEUES = ['plain', 'soon', 'later', 'key', 'key later', 'idempotency key', 'both keys'] as const;
export type EnqueueName = (typeof ENQUEUES)[number];

/** What of a job that waits is changed by hand: its time, its input, or both. */
export const AMENDS = ['now', 'soon', 'later', 'input', 'input now', 'input later'] as const;
export type AmendName = (typeof AMENDS)[number];

/** A decision of the scheduler. Numbers choose among what there is, counted round; what cannot be done is skipped. */
export type Step =
  | {
      readonly do: 'enqueue';
      readonly how: EnqueueName;
      readonly task: number;
      readonly traits: number;
      readonly skew: number;
    }
  | { readonly do: 'foreign'; readonly task: number; readonly traits: number }
  | { readonly do: 'abort' | 'retry'; readonly job: number; readonly skew: number }
  | {
      readonly do: 'amend';
      readonly job: number;
      readonly how: AmendName;
      readonly traits: number;
      readonly skew: number;
    }
  /** An invocation receives messages; `again`: a message that another invocation still holds, for SQS delivers at least once. */
  | {
      readonly do: 'work' | 'bury';
      readonly count: number;
      readonly pick: number;
      readonly again: boolean;
      readonly skew: number;
    }
  | { readonly do: 'sweep'; readonly skew: number }
  /** A message is received and no invocation comes of it: the function was throttled, or could not start. */
  | { readonly do: 'lose'; readonly pick: number }
  /** A call that waits is made, or a task goes on. */
  | { readonly do: 'go on'; readonly who: number; readonly fault?: FaultName; readonly outcome: OutcomeName }
  /** All calls of one process, one after another and without faults, until it is over. */
  | { readonly do: 'finish'; readonly who: number; readonly outcome: OutcomeName }
  /** A call that waits is slow, and waits on while everything else goes on; or it waits no longer. */
  | { readonly do: 'hold' | 'let go'; readonly who: number }
  /** One message of each queue is dealt with to its end, and whatever else can go on goes on, without faults. */
  | { readonly do: 'serve'; readonly outcome: OutcomeName; readonly skew: number }
  | { readonly do: 'kill' | 'suspend' | 'resume'; readonly who: number }
  | { readonly do: 'time'; readonly seconds: number }
  | { readonly do: 'next' }
  /** A message is doubled; the copy turns up after so many seconds. */
  | { readonly do: 'copy'; readonly message: number; readonly seconds: number }
  | { readonly do: 'redrive'; readonly message: number; readonly queue: number; readonly twice: boolean }
  | { readonly do: 'ttl' }
  | { readonly do: 'damage'; readonly job: number; readonly how: number };

const index = fc.nat(11);
const skew = fc.integer({ min: -2, max: 2 });
const traits = fc.nat(15);
const fault = fc.constantFrom(...FAULTS);
const outcome = fc.oneof(
  { weight: 5, arbitrary: fc.constant<OutcomeName>('return') },
  { weight: 5, arbitrary: fc.constant<OutcomeName>('throw') },
  { weight: 3, arbitrary: fc.constant<OutcomeName>('give up') },
  { weight: 6, arbitrary: fc.constantFrom(...OUTCOMES) },
);
const DAY = 86_400;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      how: fc.constantFrom(...ENQUEUES),
      task: index,
      traits,
      skew,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('foreign' as const), task: index, traits }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('abort' as const), job: index, skew }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('retry' as const), job: index, skew }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('amend' as const),
      job: index,
      how: fc.constantFrom(...AMENDS),
      traits,
      skew,
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      count: fc.constantFrom(1, 1, 1, 2, 3),
      pick: index,
      again: fc.constantFrom(false, false, false, true),
      skew,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('bury' as const),
      count: fc.constantFrom(1, 1, 2),
      pick: index,
      again: fc.constantFrom(false, false, true),
      skew,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sweep' as const), skew }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('lose' as const), pick: index }) },
  { weight: 36, arbitrary: fc.record({ do: fc.constant('go on' as const), who: index, outcome }) },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('go on' as const), who: index, fault, outcome }) },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('finish' as const), who: index, outcome }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('serve' as const), outcome, skew }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('hold' as const), who: index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('let go' as const), who: index }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'suspend' as const, 'resume' as const), who: index }),
  },
  { weight: 10, arbitrary: fc.constant<Step>({ do: 'next' }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      seconds: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(1, 3, 3, 3, 5, 30, 66, 66, 72, 130) },
        { weight: 2, arbitrary: fc.constantFrom(900, 1_800, 3_600) },
        { weight: 1, arbitrary: fc.constantFrom(DAY, 13 * DAY, 14 * DAY, 16 * DAY, 31 * DAY) },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('copy' as const),
      message: index,
      seconds: fc.constantFrom(0, 0, 70, 3_600, 5 * DAY, 13 * DAY + 86_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('redrive' as const),
      message: index,
      queue: index,
      twice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'ttl' }) },
  { weight: 0.2 * 5, arbitrary: fc.record({ do: fc.constant('damage' as const), job: index, how: index }) },
);

/** How the world of an episode is set up. */
export interface Setting {
  /** Deliveries before SQS moves a message to `undeliverable`, and from there to `dead-letters`. */
  readonly maxReceiveCount: number;
  readonly buryReceiveCount: number;
  /** Seconds between two steps of skew: a process's clock is off by -2 to 2 steps. */
  readonly skewSeconds: number;
  /** A transition whose calls are slow: one waits, while everything else goes on, until it is let go. */
  readonly slow?: string;
}

export interface Episode {
  readonly setting: Setting;
  readonly steps: readonly Step[];
}

const setting = fc.record<Setting>({
  maxReceiveCount: fc.constantFrom(1, 2, 3, 5, 20, 100),
  buryReceiveCount: fc.constantFrom(1, 2, 5, 1_000),
  skewSeconds: fc.constantFrom(0, 1.25, 2.5),
});
const TRANSITIONS: readonly string[] = Object.values(PROTOCOL).map(({ name }) => name);

/** What may be left out of an episode as a whole: with fewer kinds of things, more of each meet. */
const OPTIONAL = [
  'damage',
  'copy',
  'ttl',
  'foreign',
  'days',
  'suspend',
  'kill',
  'bury',
  'redrive',
  'abort',
  'retry',
  'amend',
  'sweep',
  'lose',
] as const;

/** Each episode is about a few ways to enqueue and a few faults, so that rare combinations come about. */
const focus = fc.record({
  hows: fc.oneof(
    fc.constant<readonly EnqueueName[]>(ENQUEUES),
    fc.subarray([...ENQUEUES], { minLength: 1, maxLength: 2 }),
  ),
  faults: fc.oneof(
    { weight: 1, arbitrary: fc.constant<readonly FaultName[]>(FAULTS) },
    { weight: 3, arbitrary: fc.subarray([...FAULTS], { minLength: 1, maxLength: 3 }) },
  ),
  tasks: fc.constantFrom([0], [1], [0, 1]),
  slow: fc.option(fc.constantFrom(...TRANSITIONS), { nil: undefined, freq: 2 }),
  without: fc.oneof(fc.constant<readonly string[]>(['damage']), fc.subarray<string>([...OPTIONAL], { minLength: 1 })),
});
type Focus = typeof focus extends fc.Arbitrary<infer T> ? T : never;

function focused(step: Step, { hows, faults, tasks, without }: Focus): Step | undefined {
  const kind = step.do === 'time' && step.seconds >= DAY ? 'days' : step.do === 'resume' ? 'suspend' : step.do;
  if (without.includes(kind)) return undefined;
  switch (step.do) {
    case 'enqueue': {
      const how = hows[ENQUEUES.indexOf(step.how) % hows.length] ?? step.how;
      return { ...step, how, task: tasks[step.task % tasks.length] ?? 0 };
    }
    case 'foreign':
      return { ...step, task: tasks[step.task % tasks.length] ?? 0 };
    case 'go on': {
      if (step.fault === undefined) return step;
      return { ...step, fault: faults[FAULTS.indexOf(step.fault) % faults.length] ?? step.fault };
    }
    default:
      return step;
  }
}

/**
 * Episodes of up to so many steps.
 * @param slow a transition whose calls are slow in most of them: where a mutant is sought
 */
export const episodes = (maxSteps: number, slow?: string): fc.Arbitrary<Episode> =>
  fc
    .record({ setting, focus, steps: fc.array(step, { minLength: maxSteps >> 1, maxLength: maxSteps }) })
    .map(({ setting, focus, steps }) => {
      const slowOne = slow !== undefined && focus.slow !== undefined ? slow : focus.slow;
      return {
        setting: slowOne === undefined ? setting : { ...setting, slow: slowOne },
        steps: steps.flatMap((each) => focused(each, focus) ?? []),
      };
    });
