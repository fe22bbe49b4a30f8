import './clock.ts';
import { workerHandler } from '../../../lambdas/adapters/lambda/worker.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks.ts';

export const handler = await workerHandler({ tasks, hooks });
