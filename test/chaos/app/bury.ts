import './clock.ts';
import { buryHandler } from '../../../lambdas/adapters/lambda/bury.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks.ts';

export const handler = buryHandler({ tasks, hooks });
