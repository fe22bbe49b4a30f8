import { hooks } from '#hooks';
import { tasks } from '#tasks';
import { apiLambda } from './adapters/lambda/api.ts';

export const handler = apiLambda({ tasks, hooks });
