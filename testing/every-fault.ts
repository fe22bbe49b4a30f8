import { toError } from '../lambdas/core/errors.ts';
import { describeFault, type FaultPlan, faultsOf, type Site, type Strike } from './faults.ts';
import type { Fault } from './invocation.ts';
import { kitUnder, type testJobs } from './test-jobs.ts';

export interface EveryFaultOptions {
  /** So many more runs with random faults, several in each. Default 0. */
  readonly random?: number;
  /** Of the first random run; the next has the next. Default 1. */
  readonly seed?: number;
}

/** A run of the test under one fault, or one set of faults. */
interface Trial {
  readonly label: string;
  readonly plan?: FaultPlan;
  readonly strike?: Strike;
}

const PLANS: readonly Trial[] = [
  { label: 'every message delivered twice', plan: { doubles: true } },
  { label: "the workers' clocks 4 s ahead", plan: { skew: '4s' } },
  { label: "the workers' clocks 4 s behind", plan: { skew: '-4s' } },
];

const MOST_SHOWN = 10;

/**
 * Runs a test once without faults, then again for each fault that can strike it: the worker killed before and after each of
 * its calls (effects among them), the reply of each lost, all messages doubled, clocks that differ.
 *
 * A task that is idempotent passes all of them. The test must begin afresh each time: it makes its kit, and what stands for
 * the outside world, within.
 * @param test is given a `testJobs` of its own, in place of the imported one
 * @returns the faults under which the test passed, in words
 * @throws Error that lists the faults under which it fails; its cause is the first failure. What the test throws without faults
 */
export async function everyFault(
  test: (jobsOf: typeof testJobs) => Promise<unknown>,
  { random = 0, seed = 1 }: EveryFaultOptions = {},
): Promise<readonly string[]> {
  const run = ({ plan = {}, strike }: Omit<Trial, 'label'>) =>
    test(((options) => kitUnder({ ...options, faults: { ...options.faults, ...plan } }, strike)) as typeof testJobs);

  const sites: (Site & { readonly nth: number })[] = [];
  await run({ strike: recordInto(sites) });
  if (sites.length === 0)
    throw new Error('No worker ran in this test, so no fault could strike it: enqueue a job, and drain.');
  const trials: Trial[] = [
    ...sites.flatMap((site) =>
      faultsOf(site.call).map((fault) => ({ label: labelOf(site, fault), strike: strikeAt(site, fault) })),
    ),
    ...PLANS,
    ...Array.from({ length: random }, (_each, i) => ({
      label: `random faults, seed ${seed + i}`,
      plan: { random: { seed: seed + i } },
    })),
  ];
  const failed: { label: string; error: Error }[] = [];
  for (const trial of trials) {
    try {
      await run(trial);
    } catch (thrown) {
      failed.push({ label: trial.label, error: toError(thrown) });
    }
  }
  if (failed.length === 0) return trials.map(({ label }) => label);
  throw verdict(failed, trials.length);
}

/** Counts the calls of each name, over all workers of a run. */
function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return nth;
  };
}

function recordInto(sites: (Site & { readonly nth: number })[]): Strike {
  const nth = counter();
  return (site) => {
    sites.push({ ...site, nth: nth(site.call.name) });
    return undefined;
  };
}

/** Strikes one call: the n-th of its name in the whole run. */
function strikeAt({ call, nth }: { call: Site['call']; nth: number }, fault: Fault): Strike {
  const count = counter();
  return (site) => (count(site.call.name) === nth && site.call.name === call.name ? fault : undefined);
}

function labelOf(site: Site & { readonly nth: number }, fault: Fault): string {
  return `${describeFault(site, fault)}${site.nth === 1 ? '' : ` (no. ${site.nth} of all)`}`;
}

function verdict(failed: readonly { label: string; error: Error }[], tried: number): Error {
  const shown = failed.slice(0, MOST_SHOWN).map(({ label }) => `\n  ${label}`);
  const more = failed.length > MOST_SHOWN ? `\n  and ${failed.length - MOST_SHOWN} more` : '';
  const [first] = failed;
  return new Error(
    `The test passes without faults, and fails under ${failed.length} of ${tried}:${shown.join('')}${more}\n` +
      `The first of them: ${first?.error.message}`,
    { cause: first?.error },
  );
}
