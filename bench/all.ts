/**
 * All benchmarks, short: `npm run bench [-- --write]`. One after the other, for they would measure each other; each as its own script runs
 * it, which is also how to run one of them for longer.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPTS: readonly (readonly string[])[] = [
  ['cost/cost.ts'],
  ['start/start.ts', '15'],
  ['cpu/cpu.ts', '12'],
  ['growth/growth.ts', '2', '--small'],
  ['idle-month.ts'],
  ['cost/write-costs.ts'], // of what the first and the one before have measured
  ['scale/scale.ts'],
];

const missed: string[] = [];
for (const [script = '', ...args] of SCRIPTS) {
  console.log(`\n## ${script}\n`);
  const command = [join(import.meta.dirname, script), ...args, ...process.argv.slice(2)];
  if (spawnSync(process.execPath, command, { stdio: 'inherit' }).status !== 0) missed.push(script);
}
if (missed.length > 0) {
  console.error(`\nGoals missed, as their tables say, or not run: ${missed.join(', ')}.`);
  process.exitCode = 1;
}
