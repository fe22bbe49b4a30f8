import { apiLambda } from '../../../lambdas/adapters/lambda/api.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks.ts';

export const handler = apiLambda({ tasks, hooks });
