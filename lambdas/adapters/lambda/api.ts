import { apiHandler } from '../../http/api.ts';
import { readAuthConfig } from '../../http/auth/config.ts';
import { guard } from '../../http/auth/guard.ts';
import { dynamoDbClient, sqsClient } from '../aws-clients.ts';
import { dynamoDbApiKeys } from '../dynamodb/api-keys.ts';
import { dynamoDbBuckets } from '../dynamodb/buckets.ts';
import { dynamoDbWaitSlots } from '../dynamodb/wait-slots.ts';
import { sqsDepths } from '../sqs/depths.ts';
import { awsEngine, type Project, variable } from './engine.ts';

/** The API Lambda, behind API Gateway or a function URL: both send the same event. */
export function apiLambda(project: Project): ReturnType<typeof apiHandler> {
  const [documents, table] = [dynamoDbClient(), variable('TABLE_NAME')];
  const waits = dynamoDbWaitSlots(documents, table, Number(variable('MAX_WAITS')));
  const urls = {
    jobs: JSON.parse(variable('QUEUES')) as Record<string, string>,
    deadLetters: variable('DEAD_LETTERS_URL'),
    undeliverable: variable('UNDELIVERABLE_URL'),
  };
  const sqs = sqsClient();
  const engine = { ...awsEngine(project), waits, depths: () => sqsDepths(sqs, urls) };
  const config = readAuthConfig(variable('STINT_AUTH'));
  const parts = { config, keys: dynamoDbApiKeys(documents, table), buckets: dynamoDbBuckets(documents, table) };
  return apiHandler(engine, guard({ ...parts, clock: engine.clock, log: engine.log }));
}
