import * as fc from 'fast-check';
import type { Counts } from './coverage.ts';
import { type EpisodeOptions, runEpisode } from './episode.ts';
import { shrink } from './shrink.ts';
import { type Episode, episodes } from './steps.ts';

/** Random steps of one episode, at most. */
const MAX_STEPS = 120;
/** Episodes that are drawn from one seed at a time. */
const AT_ONCE = 200;

export interface Failure {
  readonly seed: number;
  /** The first thing that must not be, as the shrunk episode shows it. */
  readonly violation: string;
  readonly episode: Episode;
  readonly trace: readonly string[];
}

export interface Found {
  readonly steps: number;
  readonly drained: number;
  readonly episodes: number;
  readonly failure: Failure | undefined;
}

export interface SearchOptions extends EpisodeOptions {
  readonly seed: number;
  readonly steps: number;
  /** Epoch milliseconds after which no further episode begins. */
  readonly until?: number;
  readonly maxSteps?: number;
  readonly shrinks?: boolean;
  /** A transition whose calls are slow in most episodes: where a mutant is sought. */
  readonly slow?: string;
  /** Episodes to try before random ones: such as have failed before. */
  readonly first?: readonly Episode[];
  /** What each episode has of its own: a table, say. */
  readonly each?: () => Promise<EpisodeOptions>;
}

/**
 * Runs random episodes from a seed until so many steps were taken, or one shows what must not be, which is then shrunk. The
 * same seed finds the same.
 */
export async function search(options: SearchOptions): Promise<Found> {
  const {
    seed,
    until = Number.POSITIVE_INFINITY,
    maxSteps = MAX_STEPS,
    each = async () => ({}),
    slow,
    first = [],
    ...rest
  } = options;
  let steps = 0;
  let drained = 0;
  let ran = 0;
  const failureOf = async (episode: Episode): Promise<Failure | undefined> => {
    const end = await runEpisode(episode, { ...rest, ...(await each()) });
    ran++;
    steps += end.steps;
    drained += end.drained;
    return end.violation === undefined
      ? undefined
      : explain(episode, seed, end.violation, rest, each, options.shrinks !== false);
  };
  for (const episode of first) {
    const failure = await failureOf(episode);
    if (failure !== undefined) return { steps, drained, episodes: ran, failure };
  }
  for (let round = 0; steps < options.steps && Date.now() < until; round++) {
    for (const episode of fc.sample(episodes(maxSteps, slow), { seed: seed + round, numRuns: AT_ONCE })) {
      if (steps >= options.steps || Date.now() >= until) break;
      const failure = await failureOf(episode);
      if (failure !== undefined) return { steps, drained, episodes: ran, failure };
    }
  }
  return { steps, drained, episodes: ran, failure: undefined };
}

/** The violation without the numbers of its jobs and attempts, which differ from trace to trace. */
export const kindOf = (violation: string): string => violation.replace(/\d+/g, 'n').slice(0, 160);

async function explain(
  episode: Episode,
  seed: number,
  violation: string,
  { count: _count, ...options }: EpisodeOptions,
  each: () => Promise<EpisodeOptions>,
  shrinks: boolean,
): Promise<Failure> {
  const kind = kindOf(violation);
  const fails = async (smaller: Episode) => {
    const end = await runEpisode(smaller, { ...options, ...(await each()) });
    return end.violation !== undefined && kindOf(end.violation) === kind;
  };
  const smallest = shrinks ? await shrink(episode, fails) : episode;
  const end = await runEpisode(smallest, { ...options, ...(await each()), traced: true });
  return { seed, violation: end.violation ?? violation, episode: smallest, trace: end.trace };
}

/** A failure in words. */
export function inWords({ seed, violation, trace, episode }: Failure): string {
  const lines = trace.length > 120 ? [...trace.slice(0, 60), '…', ...trace.slice(-40)] : trace;
  return [
    `Seed ${seed}. What must not be: ${violation}`,
    '',
    ...lines.map((line) => (line.startsWith(' ') ? line : `- ${line}`)),
    '',
    `The episode, for runEpisode: ${JSON.stringify(episode)}`,
  ].join('\n');
}

export function countInto(counts: Counts): (what: string) => void {
  return (what) => counts.set(what, (counts.get(what) ?? 0) + 1);
}
