import { hooks } from '#hooks';
import { tasks } from '#tasks';
import { sweepHandler } from './adapters/lambda/sweep.ts';

export const handler = sweepHandler({ tasks, hooks });
