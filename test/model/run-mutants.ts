// `npm run test:mutants [-- --only WORD --steps 3000000 --seconds 60]`: takes the protocol apart, piece by piece; the model must
// fail each time. Writes docs/mutants.md, and test/model/killed.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keepInCorpus } from './corpus.ts';
import { runEpisode } from './episode.ts';
import { EXPLAINED } from './explained.ts';
import { idOf, type Mutant } from './mutant.ts';
import type { Task } from './mutant-thread.ts';
import { MUTANTS } from './mutants.ts';
import { killedPage, mutantsPage, type Outcome } from './mutants-page.ts';
import type { Found } from './search.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    steps: { type: 'string' },
    seconds: { type: 'string' },
    threads: { type: 'string' },
    seed: { type: 'string' },
  },
});
const steps = Number(values.steps ?? 3_000_000);
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? 1);
const mutants = MUTANTS.filter(({ name, of }) => `${of} ${name}`.includes(values.only ?? ''));

const outcomes: Outcome[] = [];
const waiting = [...mutants];
const began = performance.now();
await Promise.all(Array.from({ length: Number(values.threads ?? 2) }, work));
outcomes.sort((a, b) => mutants.indexOf(a.mutant) - mutants.indexOf(b.mutant));

const survivors = outcomes.filter(({ found, problem }) => problem !== undefined || found?.failure === undefined);
const unexplained = survivors.filter(({ mutant }) => EXPLAINED[idOf(mutant)] === undefined);
console.log(
  `${mutants.length} mutants: ${mutants.length - survivors.length} killed, ${survivors.length} not, ${unexplained.length} of them without a reason, ` +
    `in ${Math.round((performance.now() - began) / 1000)} s.`,
);
for (const { mutant, problem } of unexplained)
  console.log(`NOT KILLED  ${idOf(mutant)}${problem ? ` (${problem})` : ''}`);
const killers = outcomes.flatMap(({ mutant, found }) =>
  found?.failure === undefined ? [] : [[idOf(mutant), found.failure.episode] as const],
);
// The killer of before is the first episode that is tried.
const laterKilled = new Set(
  outcomes.flatMap(({ mutant, found }) => ((found?.episodes ?? 0) > 1 ? [idOf(mutant)] : [])),
);
keepInCorpus(Object.fromEntries(killers), (id) => laterKilled.has(id));
if (values.only === undefined) {
  writeFileSync(new URL('../../docs/mutants.md', import.meta.url), mutantsPage(outcomes));
  writeFileSync(new URL('killed.md', import.meta.url), killedPage(outcomes));
}
process.exitCode = unexplained.length > 0 ? 1 : 0;

async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const outcome = await seek(mutant);
    outcomes.push(outcome);
    const { found, problem } = outcome;
    const said = problem ?? found?.failure?.violation ?? `NOT KILLED in ${found?.steps} steps`;
    console.log(`${outcomes.length}/${mutants.length}  ${idOf(mutant)}  →  ${said}`);
  }
}

function seek(mutant: Mutant): Promise<Outcome> {
  // Nothing is hoped for where there is a reason, but it is tried.
  const hope = EXPLAINED[idOf(mutant)] === undefined ? 1 : 0.2;
  const workerData: Task = { mutant, seed, steps, seconds: seconds * hope };
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./mutant-thread.ts', import.meta.url), { workerData });
    worker.once('message', (found: Found) => resolve(confirmed(mutant, found)));
    worker.once('error', (error) =>
      resolve({ mutant, problem: error instanceof Error ? error.message : String(error) }),
    );
  });
}

/** An episode that fails without the mutant, too, says nothing of it: it is a violation of the code itself. */
async function confirmed(mutant: Mutant, found: Found): Promise<Outcome> {
  if (found.failure === undefined) return { mutant, found };
  const { violation } = await runEpisode(found.failure.episode);
  if (violation === undefined) return { mutant, found };
  return { mutant, problem: `the code itself fails: ${violation}; ${JSON.stringify(found.failure.episode)}` };
}
