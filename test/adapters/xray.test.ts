import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, test, vi } from 'vitest';
import { sqsQueues } from '../../lambdas/adapters/sqs/queues.ts';
import { xrayTraceparent } from '../../lambdas/adapters/xray.ts';
import { readTraceparent } from '../../lambdas/core/trace.ts';

const SAMPLED = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0';

afterEach(() => void vi.unstubAllEnvs());

test('the trace of X-Ray is one of W3C', () => {
  const traceparent = xrayTraceparent(SAMPLED);
  expect(traceparent).toBe('00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01');
  expect(readTraceparent(traceparent)).toBe(traceparent);
});

test.each([
  ['X-Ray is off', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0'],
  ['there is no parent', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'],
  ['it is another form', 'Root=2-5759e988;Sampled=1'],
  ['there is none', ''],
])('where %s there is none', (_why, header) => {
  expect(xrayTraceparent(header)).toBeUndefined();
});

test('a message takes X-Ray’s header along while a trace is sampled, one by one and in batches; else nothing', async () => {
  const client = new SQSClient({});
  const aws = mockClient(client).resolves({});
  const queues = sqsQueues(client, { default: 'https://sqs/default' }, 'https://sqs/dead');
  const send = async () => {
    await queues.send('default', 'one', 0);
    await queues.sendMany('default', [{ body: 'two', delaySeconds: 0 }]);
  };

  await send();
  vi.stubEnv('_X_AMZN_TRACE_ID', SAMPLED);
  await send();

  const attributes = [
    ...aws.commandCalls(SendMessageCommand).map(({ args }) => args[0].input.MessageSystemAttributes),
    ...aws.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries?.[0]?.MessageSystemAttributes),
  ];
  const header = { AWSTraceHeader: { DataType: 'String', StringValue: SAMPLED } };
  expect(attributes).toEqual([undefined, header, undefined, header]);
});
