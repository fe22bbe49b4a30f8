import { test as anyTest, expect, inject } from 'vitest';
import { holdersFor, idOf, may, type Row, rowsFor } from '../../bin/docs/rights.ts';
import { OWNER } from '../../bin/local/emulator-api.ts';
import { type Credentials, signed } from './auth/sigv4.ts';
import { assumeRole } from './auth/stack.ts';
import { stack } from './stack.ts';

// What docs/rights.md says of each role, tried with that role's credentials on the deployed stack.

const template = inject('enforcedTemplate');
const test = anyTest.skipIf(template === undefined);
const JOB_QUEUES = ['default', 'risky'];
const HOLDERS = holdersFor(JOB_QUEUES);
// The emulator's ARN of a log group lacks the `:*` by which a role is let write to its streams.
const ROWS = rowsFor(JOB_QUEUES).filter(({ action }) => !action.startsWith('logs:'));

async function post(credentials: Credentials, service: string, headers: Record<string, string>, body: string) {
  const url = `${stack().endpoint_url}/`;
  const signature = signed(credentials, service, 'POST', url, body);
  const answer = await fetch(url, { method: 'POST', headers: { ...signature, ...headers }, body });
  return answer.text();
}

/** The physical id of each resource of the stack, by its logical id. */
async function physicalIds(): Promise<ReadonlyMap<string, string>> {
  const body = new URLSearchParams({ Action: 'DescribeStackResources', Version: '2010-05-15', StackName: 'stint-e2e' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await post(OWNER, 'cloudformation', headers, body.toString());
  const field = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  return new Map(
    answer
      .split('<member>')
      .slice(1)
      .map((each) => [field(each, 'LogicalResourceId'), field(each, 'PhysicalResourceId')]),
  );
}

const PREFIXES = { dynamodb: 'DynamoDB_20120810', sqs: 'AmazonSQS' } as const;

/** A call that changes nothing, whether it is let through or not: a condition that never holds, a receipt that is none. */
function harmless({ action, place }: Row, name: string): object {
  const [service, operation] = action.split(':');
  const key = { pk: { S: 'nothing' } };
  const inTable = { TableName: name, ConditionExpression: 'attribute_exists(no_such_attribute)' };
  const index = place.path?.split('/').at(-1);
  const partition = index === 'attention' ? 'shard' : index === undefined ? 'pk' : index.replace('-', '_');
  const inputs: Record<string, object> = {
    GetItem: { TableName: name, Key: key },
    BatchGetItem: { RequestItems: { [name]: { Keys: [key] } } },
    PutItem: { ...inTable, Item: key },
    UpdateItem: { ...inTable, Key: key },
    DeleteItem: { ...inTable, Key: key },
    Scan: { TableName: name, Limit: 1 },
    Query: {
      TableName: name,
      ...(index && { IndexName: index }),
      KeyConditionExpression: '#key = :value',
      ExpressionAttributeNames: { '#key': partition === 'failed' ? 'by_task' : partition },
      ExpressionAttributeValues: { ':value': partition === 'shard' ? { N: '99' } : { S: 'nothing' } },
    },
    SendMessage: { QueueUrl: name, MessageBody: '{}', DelaySeconds: 901 },
    ReceiveMessage: { QueueUrl: name, MaxNumberOfMessages: 1, VisibilityTimeout: 0, WaitTimeSeconds: 0 },
    DeleteMessage: { QueueUrl: name, ReceiptHandle: 'none' },
    ChangeMessageVisibility: { QueueUrl: name, ReceiptHandle: 'none', VisibilityTimeout: 0 },
    GetQueueAttributes: { QueueUrl: name, AttributeNames: ['QueueArn'] },
    SetQueueAttributes: { QueueUrl: name, Attributes: {} },
  };
  return inputs[operation ?? ''] ?? expect.fail(`no call of ${service} for ${operation}`);
}

async function isLetThrough(credentials: Credentials, row: Row, name: string): Promise<boolean> {
  const [service = '', operation] = row.action.split(':');
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `${PREFIXES[service as keyof typeof PREFIXES]}.${operation}`,
  };
  const answer = await post(credentials, service, headers, JSON.stringify(harmless(row, name)));
  expect(answer, `${row.action} on ${row.place.name}`).not.toMatch(/UnknownOperation|InvalidSignature|MissingAuth/);
  return !/AccessDenied|not authorized/.test(answer);
}

test.each(HOLDERS)('%s may do what its role says, and is denied the rest', { timeout: 120_000 }, async (_name, id) => {
  if (template === undefined) return;
  const names = await physicalIds();
  const role = names.get(idOf(template, { type: 'AWS::IAM::Role', id }));
  const credentials = await assumeRole(
    { endpoint: stack().endpoint_url },
    `arn:aws:iam::000000000000:role/${role}`,
    'rights',
  );
  const tried: Record<string, string> = {};
  const said: Record<string, string> = {};
  for (const row of ROWS) {
    const cell = `${row.action} on ${row.place.name}`;
    const name = names.get(idOf(template, row.place)) ?? expect.fail(`no ${row.place.name} is deployed`);
    tried[cell] = (await isLetThrough(credentials, row, name)) ? 'yes' : '–';
    said[cell] = may(template, id, row) ? 'yes' : '–';
  }
  expect(tried).toEqual(said);
  expect(Object.values(tried)).toEqual(expect.arrayContaining(['yes', '–']));
});
