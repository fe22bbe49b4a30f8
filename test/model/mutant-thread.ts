// A thread of `npm run test:mutants`: one mutant, sought until the model fails.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Transition } from '../../lambdas/core/transition.ts';
import { readCorpus } from './corpus.ts';
import { idOf, type Mutant } from './mutant.ts';

export interface Task {
  readonly mutant: Mutant;
  readonly seed: number;
  readonly steps: number;
  readonly seconds: number;
}

const { mutant, seed, steps, seconds } = workerData as Task;
const { source, transition, slow = transition?.name } = mutant;
if (source !== undefined) changeSource(source);
const { search } = await import('./search.ts');
const instead = (original: Transition) => (original.name === transition?.name ? transition : original);
const until = Date.now() + seconds * 1000;
const options = { ...(transition === undefined ? {} : { mutated: instead }), ...(slow === undefined ? {} : { slow }) };
const found = await search({ seed, steps, until, first: readCorpus(idOf(mutant)), ...options });
parentPort?.postMessage(found);

/** Changes the text of one module before it is loaded. @throws Error when the place is not there, or there twice */
function changeSource({ file, from, to }: NonNullable<Mutant['source']>): void {
  const changed = new URL(`../../lambdas/core/${file}`, import.meta.url).href;
  const text = readFileSync(fileURLToPath(changed), 'utf8');
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`The mutant fits ${places} places of ${file}, not one: ${from}`);
  registerHooks({
    load: (url, context, next) =>
      url === changed
        ? { format: 'module-typescript', source: text.replace(from, () => to), shortCircuit: true }
        : next(url, context),
  });
}
