import { Duration } from 'aws-cdk-lib';
import { CfnAlarm, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { expect, test } from 'vitest';
import { QUEUES, type Resource, resource, resources, synth } from './synth.ts';

const template = synth();
const alarms = resources(template, 'AWS::CloudWatch::Alarm');

interface MetricQuery {
  readonly Expression?: string;
  readonly MetricStat?: {
    Metric: {
      Namespace: string;
      MetricName: string;
      Dimensions: { Name: string; Value: { 'Fn::GetAtt': string[] } | { Ref: string } | string }[];
    };
    Period: number;
    Stat: string;
  };
}

/** What an alarm watches: its expression, and `metric of resource` for each term. */
function watched({ Properties }: Resource): { expression: string | undefined; terms: string[] } {
  const queries: MetricQuery[] = Properties.Metrics;
  return {
    expression: queries.find((query) => query.Expression)?.Expression,
    terms: queries.flatMap(({ MetricStat }) => {
      if (!MetricStat) return [];
      const of = MetricStat.Metric.Dimensions.map(({ Value }) => {
        if (typeof Value === 'string') return Value;
        return ('Ref' in Value ? Value.Ref : Value['Fn::GetAtt'][0]!).replace(/^Jobs|[0-9A-F]{8}$/g, '');
      });
      return [`${MetricStat.Stat} ${MetricStat.Metric.MetricName} of ${of.toSorted().join(' ')}`];
    }),
  };
}

const alarm = (name: string, from = template) => resource(from, 'AWS::CloudWatch::Alarm', `Alarms${name}`);
const termsOf = (template: ReturnType<typeof synth>) =>
  Object.values(resources(template, 'AWS::CloudWatch::Alarm')).flatMap((each) => watched(each).terms);
const FUNCTIONS = {
  api: 'Api',
  bury: 'Bury',
  sweep: 'Sweep',
  workerdefault: 'Workersdefault',
  workerlongvideos: 'Workerslongvideos',
};

test('there is an alarm for each thing that needs a person', () => {
  expect(Object.keys(alarms).map((id) => id.replace(/^JobsAlarms|[0-9A-F]{8}$/g, ''))).toEqual([
    'DeadLetters',
    'Undeliverable',
    'Failuresdefault',
    'Failureslongvideos',
    'Agedefault',
    'Agelongvideos',
    ...Object.keys(FUNCTIONS).map((name) => `Errors${name}`),
    'ApiErrors',
    'Throttles',
    'SweepStopped',
    'TableThrottles',
    'Runaway',
  ]);
});

test('they cost what their prop says: $0.10 a month for each metric in them, 22 with one queue, 6 more with each other', () => {
  const { default: one, 'long-videos': other } = QUEUES;
  expect(termsOf(synth({ queues: { one } }))).toHaveLength(22);
  expect(termsOf(synth({ queues: { one, other } }))).toHaveLength(28);
});

test('a queue that holds messages sounds an alarm, those in flight included: who looks at one hides it', () => {
  for (const queue of ['DeadLetters', 'Undeliverable']) {
    expect(watched(alarm(queue))).toEqual({
      expression: 'm0+m1',
      terms: [
        `Maximum ApproximateNumberOfMessagesVisible of Queues${queue}`,
        `Maximum ApproximateNumberOfMessagesNotVisible of Queues${queue}`,
      ],
    });
    expect(alarm(queue).Properties).toMatchObject({ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' });
  }
});

test('jobs that fail more than they may sound an alarm, from five on; one that fails is for DeadLetters', () => {
  expect(watched(alarm('Failuresdefault'))).toEqual({
    expression: 'IF(FILL(m0,0)>=5,100*FILL(m0,0)/(FILL(m0,0)+FILL(m1,0)),0)',
    terms: ['Sum failed of default', 'Sum succeeded of default'],
  });
  expect(alarm('Failuresdefault').Properties.Threshold).toBe(10);
  expect(alarm('Failuresdefault', synth({ maxFailurePercent: 2 })).Properties.Threshold).toBe(2);
  const [query] = alarm('Failureslongvideos').Properties.Metrics.filter((metric: MetricQuery) => metric.MetricStat);
  expect(query.MetricStat).toMatchObject({ Period: 900, Metric: { Namespace: 'Stint/Test/Jobs' } });
});

test('without metrics of jobs there is nothing that tells of their failures but dead-letters', () => {
  const ids = Object.keys(resources(synth({ metrics: false }), 'AWS::CloudWatch::Alarm'));
  expect(ids.filter((id) => id.includes('Failures'))).toEqual([]);
  expect(ids).toHaveLength(Object.keys(alarms).length - 2);
});

test('a queue whose oldest message waits too long sounds an alarm', () => {
  expect(watched(alarm('Agedefault')).terms).toEqual(['Maximum ApproximateAgeOfOldestMessage of QueuesJobsdefault']);
  expect(alarm('Agelongvideos').Properties.Threshold).toBe(1_800);
  expect(alarm('Agelongvideos', synth({ maxQueueAgeSeconds: 60 })).Properties.Threshold).toBe(60);
});

test('errors of each function sound an alarm of its own, throttles of any one for all', () => {
  for (const [name, id] of Object.entries(FUNCTIONS))
    expect(watched(alarm(`Errors${name}`))).toEqual({ expression: 'm0', terms: [`Sum Errors of ${id}Function`] });
  expect(watched(alarm('Throttles'))).toEqual({
    expression: 'm0+m1+m2+m3+m4',
    terms: Object.values(FUNCTIONS).map((id) => `Sum Throttles of ${id}Function`),
  });
});

test('an API that answers with a 5xx again and again sounds an alarm, at either front door', () => {
  expect(watched(alarm('ApiErrors'))).toEqual({ expression: 'm0', terms: ['Sum 5xx of ApiHttp'] });
  expect(alarm('ApiErrors').Properties.Threshold).toBe(10);
  const atItsOwn = alarm('ApiErrors', synth({ frontDoor: 'function-url', auth: 'iam' }));
  expect(watched(atItsOwn).terms).toEqual(['Sum Url5xxCount of ApiFunction']);
});

test('a sweep that does not run sounds an alarm, and of all alarms it alone takes silence for trouble', () => {
  expect(watched(alarm('SweepStopped')).terms).toEqual(['Sum Invocations of SweepFunction']);
  expect(alarm('SweepStopped').Properties).toMatchObject({ Threshold: 1, ComparisonOperator: 'LessThanThreshold' });
  for (const [id, { Properties }] of Object.entries(alarms))
    expect(Properties.TreatMissingData, id).toBe(id.includes('SweepStopped') ? 'breaching' : 'notBreaching');
});

test('alarms are made after the rule of the sweep, so that its silence before it exists is taken for nothing', () => {
  const [tick] = Object.keys(resources(template, 'AWS::Events::Rule'));
  expect(alarm('SweepStopped').DependsOn).toContain(tick);
});

test('what DynamoDB refuses sounds an alarm, which ends: there missing data would leave it as it is', () => {
  const { expression, terms } = watched(alarm('TableThrottles'));
  expect(expression).toBe('FILL(m0,0)+FILL(m1,0)+FILL(m2,0)+FILL(m3,0)');
  expect(terms).toEqual(
    ['GetItem', 'PutItem', 'UpdateItem', 'Query'].map((of) =>
      [`Sum ThrottledRequests of`, ...[of, 'Table'].toSorted()].join(' '),
    ),
  );
});

test('a runaway loop sounds an alarm, for Lambda no longer stops it', () => {
  expect(watched(alarm('Runaway')).terms).toEqual([
    'Sum Invocations of WorkersdefaultFunction',
    'Sum Invocations of WorkerslongvideosFunction',
  ]);
  expect(alarm('Runaway').Properties.Threshold).toBe(100_000);
  const [query] = alarm('Runaway').Properties.Metrics.filter((metric: MetricQuery) => metric.MetricStat);
  expect(query.MetricStat.Period).toBe(Duration.hours(1).toSeconds());
  expect(alarm('Runaway', synth({ maxWorkerInvocationsPerHour: 5 })).Properties.Threshold).toBe(5);
});

test('no alarm watches more metrics than CloudWatch takes, however many queues there are', () => {
  const queues = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`queue-${i}`, QUEUES.default]));
  const many = resources(synth({ queues }), 'AWS::CloudWatch::Alarm');
  for (const { Properties } of Object.values(many))
    expect(Properties.Metrics.filter((metric: MetricQuery) => metric.MetricStat).length).toBeLessThanOrEqual(10);
  const throttles = Object.entries(many).filter(([id]) => id.includes('AlarmsThrottles'));
  expect(throttles.flatMap(([, resource]) => watched(resource).terms)).toHaveLength(15);
});

test('alarms tell nobody, unless an action is given: then all do, of their end too', () => {
  for (const { Properties } of Object.values(alarms)) expect(Properties.AlarmActions).toBeUndefined();
  const action: IAlarmAction = { bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:000000000000:on-call' }) };
  for (const { Properties } of Object.values(
    resources(synth({ alarmActions: [action] }), CfnAlarm.CFN_RESOURCE_TYPE_NAME),
  ))
    expect(Properties).toMatchObject({
      AlarmActions: ['arn:aws:sns:us-east-1:000000000000:on-call'],
      OKActions: ['arn:aws:sns:us-east-1:000000000000:on-call'],
    });
});

test('the local cloud gets no alarms: it refuses those on expressions', () => {
  synth({ local: true }).resourceCountIs('AWS::CloudWatch::Alarm', 0);
});

test.each([
  { maxFailurePercent: 100 },
  { maxFailurePercent: -1 },
  { maxFailurePercent: Number.NaN },
  { maxWorkerInvocationsPerHour: Number.NaN },
])('a threshold at which an alarm would never sound, or that AWS would refuse, is refused: %j', (props) => {
  expect(() => synth(props)).toThrow(`${Object.keys(props)[0]} must be a number from 0`);
});
