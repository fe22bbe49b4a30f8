import { expect, test } from 'vitest';
import { readCorpus } from './corpus.ts';
import { runEpisode } from './episode.ts';
import { inWords, search } from './search.ts';

const STEPS = 10_000;

test.each([
  ['a fixed seed', 1],
  ['a random seed', Date.now() % 1_000_000_000],
])('under random faults nothing is lost, stuck or doubled: %s (%i)', async (_name, seed) => {
  const { failure, steps } = await search({ seed, steps: STEPS });

  expect(failure && inWords(failure)).toBeUndefined();
  expect(steps).toBeGreaterThanOrEqual(STEPS);
});

test('episodes that killed a mutant once are harmless to the code as it is', async () => {
  for (const episode of readCorpus()) {
    const { violation } = await runEpisode(episode);

    expect(violation, JSON.stringify(episode)).toBeUndefined();
  }
});
