import { workerHandler } from './adapters/lambda/worker.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks/index.ts';

export const handler = await workerHandler({ tasks, hooks });
