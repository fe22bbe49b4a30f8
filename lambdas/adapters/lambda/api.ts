import { apiHandler } from '../../http/api.ts';
import { readAuthConfig } from '../../http/auth/config.ts';
import { guard } from '../../http/auth/guard.ts';
import { awsClients } from '../aws-clients.ts';
import { dynamoDbApiKeys } from '../dynamodb/api-keys.ts';
import { dynamoDbBuckets } from '../dynamodb/buckets.ts';
import { dynamoDbWaitSlots } from '../dynamodb/wait-slots.ts';
import { sqsDepths } from '../sqs/depths.ts';
import { xrayTraceparent } from '../xray.ts';
import { functionEngine, type Project, variable } from './engine.ts';

/** The API Lambda, behind API Gateway or a function URL: both send the same event. */
export function apiLambda(project: Project): ReturnType<typeof apiHandler> {
  const clients = awsClients();
  const { documents, sqs } = clients;
  const table = variable('STINT_TABLE_NAME');
  const waits = dynamoDbWaitSlots(documents, table, Number(variable('MAX_WAITS')));
  const urls = {
    jobs: JSON.parse(variable('STINT_QUEUES')) as Record<string, string>,
    deadLetters: variable('STINT_DEAD_LETTERS_URL'),
    undeliverable: variable('UNDELIVERABLE_URL'),
  };
  const engine = { ...functionEngine(project, clients), waits, depths: () => sqsDepths(sqs, urls) };
  const config = readAuthConfig(variable('STINT_AUTH'));
  const parts = { config, keys: dynamoDbApiKeys(documents, table), buckets: dynamoDbBuckets(documents, table) };
  return apiHandler(engine, guard({ ...parts, clock: engine.clock, log: engine.log }), () => xrayTraceparent());
}
