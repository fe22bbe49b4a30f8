/** How long `stint` takes to start: medians of twenty runs, on the Node that runs this and on others that are named as arguments. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const RUNS = 20;
const stint = join(import.meta.dirname, '..', 'bin', 'stint.mjs');

function medianMillis(node: string, args: readonly string[]): number {
  const times = Array.from({ length: RUNS + 1 }, () => {
    const began = performance.now();
    spawnSync(node, [...args], { stdio: 'ignore' });
    return performance.now() - began;
  }).slice(1); // The first fills the caches.
  return times.toSorted((a, b) => a - b)[RUNS / 2] ?? Number.NaN;
}

for (const node of [process.execPath, ...process.argv.slice(2)])
  for (const args of [
    ['-e', '0'],
    [stint, '--version'],
    [stint, 'list', '--help'],
  ])
    console.log(
      `${medianMillis(node, args).toFixed(0).padStart(5)} ms  ${node} ${args.map((arg) => arg.replace(stint, 'stint')).join(' ')}`,
    );
