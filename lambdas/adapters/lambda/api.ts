import { apiHandler } from '../../http/api.ts';
import { awsEngine, type Project } from './engine.ts';

/** The API Lambda, behind API Gateway or a function URL: both send the same event. */
export function apiLambda(project: Project): ReturnType<typeof apiHandler> {
  return apiHandler(awsEngine(project));
}
