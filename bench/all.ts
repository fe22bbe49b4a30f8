/**
 * All benchmarks: `npm run bench [-- --full] [-- --write]`. One after the other, for they would measure each other; each as its own script
 * runs it. Short by default; `--full` runs each for as long as its figures need to be steady. `--write` puts them, and their plots, into docs/.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { machine, publish, table } from './figures.ts';

/** Each with its arguments for a short run, and for a full one. */
const SCRIPTS: readonly (readonly [script: string, short: readonly string[], full: readonly string[]])[] = [
  ['cost/cost.ts', [], []],
  ['idle-month.ts', [], []],
  ['cost/write-costs.ts', [], []], // of what the two before have measured
  ['scale/scale.ts', [], []],
  ['start/start.ts', ['8'], ['15']],
  ['cpu/cpu.ts', ['6'], ['15']],
  ['cpu/allocations.ts', [], []],
  ['e2e/e2e.ts', ['2'], ['10']],
  ['memory-size/memory-size.ts', ['10'], ['30']],
  ['peers/peers.ts', ['1'], ['2']],
  ['growth/growth.ts', ['2', '--small'], ['2']],
];

const full = process.argv.includes('--full');
const missed: string[] = [];
const took: [script: string, seconds: number][] = [];
for (const [script, short, long] of SCRIPTS) {
  console.log(`\n## ${script}\n`);
  const write = process.argv.includes('--write') ? ['--write'] : [];
  const command = [join(import.meta.dirname, script), ...(full ? long : short), ...write];
  const began = performance.now();
  if (spawnSync(process.execPath, command, { stdio: 'inherit' }).status !== 0) missed.push(script);
  took.push([script, (performance.now() - began) / 1000]);
}
const seconds = took.reduce((sum, [, each]) => sum + each, 0);
console.log('');
publish(
  'performance',
  'all',
  `A ${full ? 'full' : 'short'} run took ${(seconds / 60).toFixed(1)} minutes: ${machine()}.

${table(
  ['part', 'seconds'],
  took.map(([script, each]) => [`\`bench/${script}\``, each.toFixed(0)]),
  'left',
)}`,
);
if (missed.length > 0) {
  console.error(`\nGoals missed, as their tables say, or not run: ${missed.join(', ')}.`);
  process.exitCode = 1;
}
