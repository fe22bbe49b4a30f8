import { apiLambda } from './adapters/lambda/api.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks/index.ts';

export const handler = apiLambda({ tasks, hooks });
