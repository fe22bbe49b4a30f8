import { inject } from 'vitest';
import type { Outputs } from '../../bin/local/outputs.ts';

/** The stack that stack.setup.ts has deployed for this run. */
export const stack = (): Outputs => inject('stack');
