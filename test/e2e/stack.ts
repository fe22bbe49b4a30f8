import { inject } from 'vitest';
import type { Outputs } from '../../bin/local/outputs.ts';

/** The stack that stack.setup.ts has deployed for this run. */
export const stack = (): Outputs => inject('stack');

/** Whether it is in LocalStack (`npm run test:localstack`), not in MiniStack. */
export const isLocalstack = (): boolean => process.env.STINT_TEST_LOCALSTACK === '1';
