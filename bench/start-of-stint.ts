/** How long `stint` takes to start: the fastest and the median of twenty runs, with the Node on the PATH, and with others that are named as arguments. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

const RUNS = 20;
const stint = join(import.meta.dirname, '..', 'bin', 'stint');

/** @returns ascending milliseconds */
function times(command: string, args: readonly string[], path: string): number[] {
  const run = () => {
    const began = performance.now();
    spawnSync(command, [...args], { stdio: 'ignore', env: { ...process.env, PATH: path } });
    return performance.now() - began;
  };
  run(); // Fills the caches.
  return Array.from({ length: RUNS }, run).toSorted((a, b) => a - b);
}

for (const node of [process.execPath, ...process.argv.slice(2)]) {
  const path = `${dirname(node)}:${process.env.PATH}`;
  const show = (name: string, [fastest = Number.NaN, ...rest]: number[]) =>
    console.log(
      `${fastest.toFixed(0).padStart(5)} ${rest[RUNS / 2 - 1]?.toFixed(0).padStart(5)} ms  ${name}, with ${node} on the PATH`,
    );
  console.log('  min median');
  show('node -e 0', times(node, ['-e', '0'], path));
  for (const args of [['--version'], ['list', '--help']]) show(`stint ${args.join(' ')}`, times(stint, args, path));
}
