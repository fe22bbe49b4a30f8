import { sweepHandler } from './adapters/lambda/sweep.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks/index.ts';

export const handler = sweepHandler({ tasks, hooks });
