import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { queues as shipped } from '../../lambdas/queues.ts';
import { checkReceives } from '../../lib/message-queue.ts';
import { checkQueueLimits, DEFAULT_QUEUES } from '../../lib/queue-limits.ts';
import { QUEUES, resource, resources, synth } from './synth.ts';

const template = synth();
const queues = resources(template, 'AWS::SQS::Queue');
const DAYS_14 = 14 * 86_400;

test('a message stays hidden for the timeout of the function that has it and 5 s more', () => {
  const functions = resources(template, 'AWS::Lambda::Function');
  const pairs = Object.values(resources(template, 'AWS::Lambda::EventSourceMapping')).map(({ Properties }) => [
    functions[Properties.FunctionName.Ref]!.Properties.Timeout,
    queues[Properties.EventSourceArn['Fn::GetAtt'][0]]!.Properties.VisibilityTimeout,
  ]);
  expect(pairs.toSorted((a, b) => a[0] - b[0])).toEqual([
    [30, 35],
    [60, 65],
    [900, 905],
  ]);
});

test('what the sweep takes from dead-letters stays hidden until the sweep is over', () => {
  expect(resource(template, 'AWS::SQS::Queue', 'DeadLetters').Properties.VisibilityTimeout).toBe(63);
});

test('every queue keeps its messages for 14 days, encrypted with the key of SQS itself', () => {
  expect(Object.keys(queues)).toHaveLength(4);
  for (const { Properties } of Object.values(queues)) {
    expect(Properties.MessageRetentionPeriod).toBe(DAYS_14);
    expect(Properties.SqsManagedSseEnabled).toBe(true);
    expect(Properties.KmsMasterKeyId).toBeUndefined();
  }
});

test('no queue has a fixed name: a deleted name is not free for a minute', () => {
  for (const { Properties } of Object.values(queues)) expect(Properties.QueueName).toBeUndefined();
});

test('what nobody can handle goes from its queue to undeliverable, and from there to dead-letters', () => {
  const chain = Object.fromEntries(
    Object.entries(queues).map(([id, { Properties }]) => [
      id.replace(/^JobsQueues|[0-9A-F]{8}$/g, ''),
      Properties.RedrivePolicy && [
        Properties.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0].replace(/^JobsQueues|[0-9A-F]{8}$/g, ''),
        Properties.RedrivePolicy.maxReceiveCount,
      ],
    ]),
  );
  expect(chain).toEqual({
    Jobsdefault: ['Undeliverable', 100],
    Jobslongvideos: ['Undeliverable', 100],
    Undeliverable: ['DeadLetters', 1000],
    DeadLetters: undefined,
  });
});

test('a message is moved on before SQS deletes it for its age', () => {
  const longest = resources(
    synth({ queues: { slow: { ...QUEUES.default, timeoutSeconds: 900 } }, maxReceiveCount: 1000 }),
    'AWS::SQS::Queue',
  );
  for (const { Properties } of [...Object.values(queues), ...Object.values(longest)])
    expect((Properties.RedrivePolicy?.maxReceiveCount ?? 0) * Properties.VisibilityTimeout).toBeLessThan(DAYS_14);
});

test('receives that would outlast the message are refused, with the largest number that do not', () => {
  expect(() => checkReceives('slow', Duration.seconds(1000), 1209)).not.toThrow();
  expect(() => checkReceives('slow', Duration.seconds(1000), 1210)).toThrow(/Lower maxReceiveCount to 1209/);
  expect(() => checkReceives('slow', Duration.hours(1), 336)).toThrow(/Lower maxReceiveCount to 335/);
});

test('every queue refuses plain http, except on the local cloud', () => {
  const policies = Object.values(resources(template, 'AWS::SQS::QueuePolicy'));
  expect(policies).toHaveLength(4);
  for (const { Properties } of policies)
    expect(Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  synth({ local: true }).resourceCountIs('AWS::SQS::QueuePolicy', 0);
});

describe('queues that AWS would refuse are refused at synth', () => {
  const queue = QUEUES.default;

  test.each([
    ['Videos', /'Videos': a name starts with a letter/],
    ['1st', /'1st': a name starts with a letter/],
    ['a_b', /'a_b': a name starts with a letter/],
    ['undeliverable', /'undeliverable': the stack has a queue of that name/],
    ['dead-letters', /'dead-letters': the stack has a queue of that name/],
  ])('the name %s', (name, message) => {
    expect(() => checkQueueLimits({ [name]: queue }, 100)).toThrow(message);
  });

  test.each([
    ['timeoutSeconds', 0, 901],
    ['memoryMb', 127, 10_241],
    ['batchSize', 0, 11],
    ['maxConcurrency', 1, 1001],
  ])('%s beyond its range, or not whole', (field, below, above) => {
    for (const value of [below, above, 2.5, Number.NaN])
      expect(() => checkQueueLimits({ q: { ...queue, [field]: value } }, 100)).toThrow(
        new RegExp(`'q': ${field} must be a whole number from ${below + 1} to ${above - 1}, not ${value}`),
      );
    for (const value of [below + 1, above - 1])
      expect(() => checkQueueLimits({ q: { ...queue, [field]: value } }, 100)).not.toThrow();
  });

  test('maxReceiveCount beyond its range', () => {
    expect(() => checkQueueLimits({ q: queue }, 1001)).toThrow(/maxReceiveCount must be .* from 1 to 1000, not 1001/);
    expect(() => synth({ maxReceiveCount: 0 })).toThrow(/maxReceiveCount must be/);
  });

  test('no queue at all', () => {
    expect(() => synth({ queues: {} })).toThrow(/There is no queue/);
  });

  test('all problems are told at once', () => {
    expect(() => synth({ queues: { A: { ...queue, batchSize: 11 } } })).toThrow(/a name starts.*\n.*batchSize/);
  });
});

test.each([
  ['the queues that ship', shipped],
  ['the queues of an app that names none', DEFAULT_QUEUES],
])('%s are sound, and with callers that wait leave two of a new account’s ten for all else', (_which, declared) => {
  checkQueueLimits(declared, 100);
  const made = synth({ queues: declared });
  const mappings = Object.values(resources(made, 'AWS::Lambda::EventSourceMapping'));
  const workers = mappings.reduce(
    (sum, { Properties }) => sum + (Properties.ScalingConfig?.MaximumConcurrency ?? 0),
    0,
  );
  const { MAX_WAITS } = resource(made, 'AWS::Lambda::Function', 'Api').Properties.Environment.Variables;
  expect(workers + Number(MAX_WAITS) + 2).toBeLessThanOrEqual(10);
});
