import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { expect, test } from 'vitest';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { ENTRIES, newApp, QUEUES, resource } from './synth.ts';

function setup() {
  const stack = new Stack(newApp(), 'Shop');
  const jobs = new BackgroundJobs(stack, 'Jobs', { queues: QUEUES, entries: ENTRIES, alarms: false });
  return { stack, jobs };
}

/** An alarm on the metric, as the template has it. */
function alarmOn(metricOf: (jobs: BackgroundJobs) => IMetric) {
  const { stack, jobs } = setup();
  new Alarm(stack, 'Mine', { metric: metricOf(jobs), threshold: 1, evaluationPeriods: 1 });
  return resource(Template.fromStack(stack), 'AWS::CloudWatch::Alarm', 'Mine').Properties;
}

test('depth and age are those of the one queue that is named', () => {
  const ofQueue = [
    { Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringContaining('longvideos'), 'QueueName'] } },
  ];
  expect(alarmOn((jobs) => jobs.metricDepth('long-videos'))).toMatchObject({
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: ofQueue,
    Statistic: 'Maximum',
    Period: 300,
  });
  expect(alarmOn((jobs) => jobs.metricAge('long-videos', { statistic: 'Average' }))).toMatchObject({
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: ofQueue,
    Statistic: 'Average',
  });
});

test('a queue that is not there is refused, with those that are', () => {
  expect(() => setup().jobs.metricDepth('videos')).toThrow(
    "There is no queue 'videos'. There are: default, long-videos.",
  );
});

test('errors and throttles are summed over all functions; dead letters count while they are looked at', () => {
  const namesOf = ({ Metrics }: { Metrics: { MetricStat?: { Metric: { MetricName: string } } }[] }) =>
    Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
  expect(namesOf(alarmOn((jobs) => jobs.metricErrors()))).toEqual(Array(5).fill('Errors'));
  expect(namesOf(alarmOn((jobs) => jobs.metricThrottles()))).toEqual(Array(5).fill('Throttles'));
  expect(namesOf(alarmOn((jobs) => jobs.metricDeadLetters()))).toEqual([
    'ApproximateNumberOfMessagesVisible',
    'ApproximateNumberOfMessagesNotVisible',
  ]);
});
