import { buryHandler } from './adapters/lambda/bury.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks/index.ts';

export const handler = buryHandler({ tasks, hooks });
