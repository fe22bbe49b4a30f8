import { hooks } from '#hooks';
import { tasks } from '#tasks';
import { workerHandler } from './adapters/lambda/worker.ts';

export const handler = await workerHandler({ tasks, hooks });
