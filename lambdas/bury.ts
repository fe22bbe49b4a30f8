import { hooks } from '#hooks';
import { tasks } from '#tasks';
import { buryHandler } from './adapters/lambda/bury.ts';

export const handler = buryHandler({ tasks, hooks });
