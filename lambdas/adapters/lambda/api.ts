import { apiHandler } from '../../http/api.ts';
import { readAuthConfig } from '../../http/auth/config.ts';
import { guard } from '../../http/auth/guard.ts';
import { dynamoDbClient } from '../aws-clients.ts';
import { dynamoDbApiKeys } from '../dynamodb/api-keys.ts';
import { dynamoDbBuckets } from '../dynamodb/buckets.ts';
import { dynamoDbWaitSlots } from '../dynamodb/wait-slots.ts';
import { awsEngine, type Project, variable } from './engine.ts';

/** The API Lambda, behind API Gateway or a function URL: both send the same event. */
export function apiLambda(project: Project): ReturnType<typeof apiHandler> {
  const [documents, table] = [dynamoDbClient(), variable('TABLE_NAME')];
  const waits = dynamoDbWaitSlots(documents, table, Number(variable('MAX_WAITS')));
  const engine = { ...awsEngine(project), waits };
  const config = readAuthConfig(variable('STINT_AUTH'));
  const parts = { config, keys: dynamoDbApiKeys(documents, table), buckets: dynamoDbBuckets(documents, table) };
  return apiHandler(engine, guard({ ...parts, clock: engine.clock, log: engine.log }));
}
