import './hasten.ts';
import { sweepHandler } from '../../../lambdas/adapters/lambda/sweep.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks.ts';

export const handler = sweepHandler({ tasks, hooks });
