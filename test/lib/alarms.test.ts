import { Duration } from 'aws-cdk-lib';
import { CfnAlarm, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { expect, test } from 'vitest';
import { QUEUES, type Resource, resource, resources, synth } from './synth.ts';

const template = synth();
const alarms = resources(template, 'AWS::CloudWatch::Alarm');

interface MetricQuery {
  readonly Expression?: string;
  readonly MetricStat?: {
    Metric: { MetricName: string; Dimensions: { Value: { 'Fn::GetAtt': string[] } | { Ref: string } }[] };
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
      const value = MetricStat.Metric.Dimensions[0]!.Value;
      const id = 'Ref' in value ? value.Ref : value['Fn::GetAtt'][0]!;
      return [`${MetricStat.Stat} ${MetricStat.Metric.MetricName} of ${id.replace(/^Jobs|[0-9A-F]{8}$/g, '')}`];
    }),
  };
}

const alarm = (name: string, from = template) => resource(from, 'AWS::CloudWatch::Alarm', `Alarms${name}`);

test('there are five alarms, for each costs $0.10 a month', () => {
  expect(Object.keys(alarms)).toHaveLength(5);
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

test('errors and throttles of any function sound an alarm', () => {
  const functions = ['Api', 'Bury', 'Sweep', 'Workersdefault', 'Workerslongvideos'].map((name) => `${name}Function`);
  expect(watched(alarm('Errors'))).toEqual({
    expression: 'm0+m1+m2+m3+m4',
    terms: functions.map((name) => `Sum Errors of ${name}`),
  });
  expect(watched(alarm('Throttles')).terms).toEqual(functions.map((name) => `Sum Throttles of ${name}`));
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

test('silence is well: idle queues and functions send no data', () => {
  for (const { Properties } of Object.values(alarms)) expect(Properties.TreatMissingData).toBe('notBreaching');
});

test('no alarm watches more metrics than CloudWatch takes, however many queues there are', () => {
  const queues = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`queue-${i}`, QUEUES.default]));
  const many = synth({ queues });
  for (const { Properties } of Object.values(resources(many, 'AWS::CloudWatch::Alarm')))
    expect(Properties.Metrics.filter((metric: MetricQuery) => metric.MetricStat).length).toBeLessThanOrEqual(10);
  const errors = Object.entries(resources(many, 'AWS::CloudWatch::Alarm')).filter(([id]) =>
    id.includes('AlarmsErrors'),
  );
  expect(errors.flatMap(([, resource]) => watched(resource).terms)).toHaveLength(15);
});

test('alarms tell nobody, unless an action is given: then all do', () => {
  for (const { Properties } of Object.values(alarms)) expect(Properties.AlarmActions).toBeUndefined();
  const action: IAlarmAction = { bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:000000000000:on-call' }) };
  for (const { Properties } of Object.values(
    resources(synth({ alarmActions: [action] }), CfnAlarm.CFN_RESOURCE_TYPE_NAME),
  ))
    expect(Properties.AlarmActions).toEqual(['arn:aws:sns:us-east-1:000000000000:on-call']);
});

test('the local cloud gets no alarms: it refuses those on expressions', () => {
  synth({ local: true }).resourceCountIs('AWS::CloudWatch::Alarm', 0);
});
