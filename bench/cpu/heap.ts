import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Kilobytes of the heap that each job takes, used again or not. */
export interface Allocations {
  readonly ours: number;
  /** The thinnest handler that makes the same calls. */
  readonly thinnest: number;
  /** Our engine on a store that answers at once. */
  readonly engine: number;
}

/** Room for all that a round allocates, so that nothing is collected while it runs. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];

/** Measured in a process of its own. Varies by a kilobyte or two from run to run, whatever else the machine does. */
export function heapOfAJob(): Allocations {
  const probe = join(import.meta.dirname, 'heap-probe.ts');
  return JSON.parse(execFileSync(process.execPath, [...FLAGS, probe], { encoding: 'utf8' })) as Allocations;
}
