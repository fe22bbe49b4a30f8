import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { expect, test } from 'vitest';
import { FUNCTIONS, resource, resources, synth } from './synth.ts';

const template = synth();
const functions = resources(template, 'AWS::Lambda::Function');
const all = Object.values(functions).map(({ Properties }) => Properties);
const of = (name: (typeof FUNCTIONS)[number]) => resource(template, 'AWS::Lambda::Function', name).Properties;

test('there are four kinds of functions and no other: CDK adds none of its own', () => {
  expect(all).toHaveLength(FUNCTIONS.length);
  for (const name of FUNCTIONS) expect(of(name)).toBeDefined();
});

test('every function runs on Node 24 and arm64', () => {
  for (const fn of all) {
    expect(fn.Runtime).toBe('nodejs24.x');
    expect(fn.Architectures).toEqual(['arm64']);
    expect(fn.Handler).toBe('index.handler');
  }
});

test('no function is stopped by loop detection: jobs that send jobs, and their retries, go on beyond 16 hops', () => {
  const { Conditions } = template.toJSON();
  for (const fn of all) {
    const [condition, there, elsewhere] = fn.RecursiveLoop['Fn::If'];
    expect(Conditions[condition]).toEqual({ 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws'] });
    expect([there, elsewhere]).toEqual(['Allow', { Ref: 'AWS::NoValue' }]);
  }
});

test('no function reserves concurrency: a new account has ten in all, and its deploy would fail', () => {
  for (const fn of all) expect(fn.ReservedConcurrentExecutions).toBeUndefined();
});

test('no function has a fixed name', () => {
  for (const fn of all) expect(fn.FunctionName).toBeUndefined();
});

test('time and memory of each function are its own, those of a worker its queue’s', () => {
  const numbers = Object.fromEntries(FUNCTIONS.map((name) => [name, [of(name).Timeout, of(name).MemorySize]]));
  expect(numbers).toEqual({
    Api: [29, 256],
    Workersdefault: [60, 512],
    Workerslongvideos: [900, 2048],
    Bury: [30, 256],
    Sweep: [58, 256],
  });
});

test('logs are JSON without the lines of START, END and REPORT, which would cost more than the queue', () => {
  for (const fn of all)
    expect(fn.LoggingConfig).toEqual({
      LogFormat: 'JSON',
      SystemLogLevel: 'WARN',
      ApplicationLogLevel: 'INFO',
      LogGroup: { Ref: expect.any(String) },
    });
});

test('the log level reaches both Lambda, which filters, and the code, which spares the work', () => {
  for (const { Properties } of Object.values(resources(synth({ logLevel: 'DEBUG' }), 'AWS::Lambda::Function'))) {
    expect(Properties.LoggingConfig.ApplicationLogLevel).toBe('DEBUG');
    expect(Properties.Environment.Variables.LOG_LEVEL).toBe('DEBUG');
  }
});

test('each function has a log group of its own that keeps lines for a month, and has no fixed name', () => {
  const groups = resources(template, 'AWS::Logs::LogGroup');
  expect(new Set(all.map((fn) => fn.LoggingConfig.LogGroup.Ref))).toEqual(new Set(Object.keys(groups)));
  for (const group of Object.values(groups)) {
    expect(group.Properties).toEqual({ RetentionInDays: 30 });
  }
  const week = synth({ logRetention: RetentionDays.ONE_WEEK });
  week.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
});

test('functions are told names and URLs, and nothing secret', () => {
  const common = ['LOG_LEVEL', 'STINT_DEAD_LETTERS_URL', 'STINT_QUEUES', 'STINT_TABLE_NAME'];
  const names = Object.fromEntries(
    FUNCTIONS.map((name) => [name, Object.keys(of(name).Environment.Variables).toSorted()]),
  );
  const consumer = [...common, 'MAX_RECEIVE_COUNT', 'STINT_METRICS_NAMESPACE', 'QUEUE_NAME'].toSorted();
  expect(names).toEqual({
    Api: [...common, 'MAX_WAITS', 'STINT_AUTH', 'UNDELIVERABLE_URL'].toSorted(),
    Workersdefault: consumer,
    Workerslongvideos: consumer,
    Bury: consumer,
    Sweep: common,
  });
});

test('a consumer knows its queue, and at which receive SQS takes a message away', () => {
  const told = (name: (typeof FUNCTIONS)[number]) => of(name).Environment.Variables;
  expect(told('Workersdefault')).toMatchObject({ QUEUE_NAME: 'default', MAX_RECEIVE_COUNT: '100' });
  expect(told('Workerslongvideos')).toMatchObject({ QUEUE_NAME: 'long-videos', MAX_RECEIVE_COUNT: '100' });
  expect(told('Bury')).toMatchObject({ QUEUE_NAME: 'undeliverable', MAX_RECEIVE_COUNT: '1000' });
});

test('STINT_QUEUES is JSON of the job queues by name', () => {
  const [separator, parts] = of('Sweep').Environment.Variables.STINT_QUEUES['Fn::Join'];
  const json = parts.map((part: unknown) => (typeof part === 'string' ? part : 'URL')).join(separator);
  expect(JSON.parse(json)).toEqual({ default: 'URL', 'long-videos': 'URL' });
});

test('a worker takes batches as its queue says, reports each message alone, filters none and waits for none', () => {
  const mapping = (name: string) => resource(template, 'AWS::Lambda::EventSourceMapping', name).Properties;
  const same = {
    EventSourceArn: expect.anything(),
    FunctionName: expect.anything(),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  };
  // Equal, not matching: neither FilterCriteria nor MaximumBatchingWindowInSeconds.
  expect(mapping('Workersdefault')).toEqual({ ...same, BatchSize: 10, ScalingConfig: { MaximumConcurrency: 3 } });
  expect(mapping('Workerslongvideos')).toEqual({ ...same, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
  // No ScalingConfig: it would keep five pollers on an idle queue instead of two.
  expect(mapping('Bury')).toEqual({ ...same, BatchSize: 10 });
});

test('the sweep runs each minute, and a tick that failed or is late is dropped, not repeated', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } }],
  });
  template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 1);
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
  });
});
