import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SCENARIOS } from './scenarios.ts';
import type { Episode } from './steps.ts';

const FILE = new URL('./corpus.json', import.meta.url);

/** Episodes that killed a mutant once, by its id. */
type Corpus = Record<string, Episode>;

const read = (): Corpus => (existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Corpus) : {});

/** Episodes to try first: the one that killed this mutant before, those made by hand, then all others. */
export function readCorpus(id?: string): Episode[] {
  const { [id ?? '']: own, ...others } = read();
  return [...(own === undefined ? [] : [own]), ...SCENARIOS, ...Object.values(others)];
}

/**
 * Keeps what was found, so that the file changes little.
 * @param found killers, by mutant
 * @param replaces whether it was found although the mutant's own killer of before had been tried: that one kills no more
 */
export function keepInCorpus(found: Readonly<Corpus>, replaces: (id: string) => boolean): void {
  const before = read();
  const anew = Object.entries(found).filter(([id]) => before[id] === undefined || replaces(id));
  const all = { ...before, ...Object.fromEntries(anew) };
  const lines = Object.keys(all)
    .sort()
    .map((id) => `  ${JSON.stringify(id)}: ${JSON.stringify(all[id])}`);
  writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`);
}
