import type { Random } from './random.ts';

export const KINDS = [
  'quick',
  'slow',
  'flaky',
  'crashing',
  'keyed',
  'delayed',
  'idempotent',
  'large',
  'aborted at once',
  'aborted midway',
  'retried by hand',
  'failing',
] as const;

export type Kind = (typeof KINDS)[number];

/** How many of a hundred jobs are of a kind. */
const SHARES: Readonly<Record<Kind, number>> = {
  quick: 30,
  slow: 8,
  flaky: 11,
  crashing: 4,
  keyed: 9,
  delayed: 8,
  idempotent: 9,
  large: 4,
  'aborted at once': 4,
  'aborted midway': 4,
  'retried by hand': 4,
  failing: 5,
};

/** What the run asks for a job after it was accepted. */
export type Reaction = 'abort at once' | 'abort at once, then retry' | 'abort at its begin' | 'retry at its failure';

/** A request to enqueue: what is sent, and what is done about it. */
export interface Planned {
  readonly token: string;
  readonly kind: Kind;
  readonly task: string;
  readonly input: { readonly token: string; readonly ms?: number; readonly failures?: number };
  /** The input is padded to so many characters when it is sent. */
  readonly paddingLength: number;
  readonly delaySeconds?: number;
  readonly key?: string;
  /** Sent again until it is acknowledged, and sometimes twice at once. */
  readonly idempotencyKey?: string;
  readonly twice?: boolean;
  /** The task's own limit, 5, unless the request says otherwise. */
  readonly maxAttempts: number;
  readonly reaction?: Reaction;
  /** How long after its begin it is aborted. */
  readonly abortAfterMs?: number;
}

const MAX_ATTEMPTS = 5;

/** The jobs of a run, in the order in which they are sent. The same seed, the same jobs. */
export function planJobs(count: number, seed: number, random: Random): Planned[] {
  const kinds = KINDS.flatMap((kind) => Array<Kind>(Math.max(1, Math.round((SHARES[kind] * count) / 100))).fill(kind));
  const shuffled = kinds.map((kind) => ({ kind, at: random.fraction() * weightOf(kind) }));
  shuffled.sort((a, b) => a.at - b.at);
  while (shuffled.length < count) shuffled.push({ kind: 'quick', at: 1 });
  return shuffled.slice(0, count).map(({ kind }, n) => planJob(kind, `${seed}-${n}`, random));
}

/** What takes long to heal is sent earlier, or the end of a run would wait for it alone. */
const weightOf = (kind: Kind): number => (kind === 'crashing' || kind === 'aborted midway' ? 0.6 : 1);

function planJob(kind: Kind, token: string, random: Random): Planned {
  const of = (
    task: string,
    rest: Partial<Planned> = {},
    input: { readonly ms?: number; readonly failures?: number } = {},
  ): Planned => ({
    token,
    kind,
    task,
    paddingLength: 0,
    maxAttempts: MAX_ATTEMPTS,
    ...rest,
    input: { token, ...input },
  });
  const slowly = () => ({ ms: random.whole(100, 1_200) });
  switch (kind) {
    case 'quick':
      return of('quick');
    case 'slow':
      return of('slow', {}, slowly());
    case 'flaky':
      return of('flaky', {}, { failures: random.whole(1, 2) });
    case 'crashing': {
      const ms = random.whole(0, 500);
      // Some crash in their last attempt too: nobody but the next delivery can tell that they have failed.
      if (random.chance(0.3)) return of('crashing', { maxAttempts: random.whole(1, 2) }, { failures: 99, ms });
      return of('crashing', {}, { failures: random.chance(0.8) ? 1 : 2, ms });
    }
    case 'keyed': // few keys, so that most are taken, or were
      return random.chance(0.5)
        ? of('quick', { key: `key ${random.whole(1, 8)}` })
        : of('slow', { key: `key ${random.whole(1, 8)}` }, slowly());
    case 'delayed':
      return of('quick', { delaySeconds: random.whole(5, 50) / 10 });
    case 'idempotent':
      return of(random.chance(0.7) ? 'quick' : 'flaky', { idempotencyKey: token, twice: random.chance(0.4) });
    case 'large':
      return of('large', { paddingLength: random.whole(1_000, 60_000) });
    case 'aborted at once': {
      const reaction = random.chance(0.3) ? 'abort at once, then retry' : 'abort at once';
      return of('quick', { delaySeconds: random.whole(0, 30) / 10, reaction });
    }
    case 'aborted midway': {
      const reaction = 'abort at its begin';
      // Some crash before they can heed it.
      if (random.chance(0.3)) return of('crashing', { reaction, abortAfterMs: 0 }, { failures: 99, ms: 700 });
      return of('abortable', { reaction, abortAfterMs: random.whole(0, 700) }, { ms: 1_900 });
    }
    case 'retried by hand': {
      const limit = random.whole(1, 2);
      return of('flaky', { maxAttempts: limit, reaction: 'retry at its failure' }, { failures: limit });
    }
    case 'failing':
      return random.chance(0.5) ? of('hopeless') : of('flaky', { maxAttempts: 2 }, { failures: 99 });
  }
}

/** The padding of a large job: the same for the same token, so that its result can be told to be its own. */
export function paddingOf({ token, paddingLength }: Planned): string {
  return `${token} `.repeat(Math.ceil(paddingLength / (token.length + 1))).slice(0, paddingLength);
}
