import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { jobMetric, metricsNamespace } from '../../lib/metrics.ts';
import { STAGES } from '../../lib/stages.ts';
import { ENTRIES, FUNCTIONS, newApp, QUEUES, resource, synth } from './synth.ts';

const NAMESPACE = 'Stint/Test/Jobs';

/** What each function is told, by the part of its id. */
const told = (props: Parameters<typeof synth>[0]) => {
  const template = synth(props);
  return Object.fromEntries(
    FUNCTIONS.map((name) => [
      name,
      resource(template, 'AWS::Lambda::Function', name).Properties.Environment.Variables.STINT_METRICS_NAMESPACE,
    ]),
  );
};
const nobody = Object.fromEntries(FUNCTIONS.map((name) => [name, undefined]));

test('the functions that end jobs count them, the others do not', () => {
  const counting = { Bury: NAMESPACE, Workersdefault: NAMESPACE, Workerslongvideos: NAMESPACE };
  expect(told({})).toEqual({ ...nobody, ...counting });
  expect(told(STAGES.prod)).toEqual({ ...nobody, ...counting });
});

test('there are no metrics where nobody looks, or nobody is to pay: in the local cloud, in dev, when they are switched off', () => {
  expect(told({ local: true })).toEqual(nobody);
  expect(told(STAGES.dev)).toEqual(nobody);
  expect(told({ metrics: false })).toEqual(nobody);
});

test('where Lambda would drop their lines they are off, and to ask for them is an error', () => {
  expect(told({ logLevel: 'WARN' })).toEqual(nobody);
  expect(told({ logLevel: 'DEBUG' }).Bury).toBe(NAMESPACE);
  expect(() => synth({ logLevel: 'ERROR', metrics: true })).toThrow(/metrics: at logLevel ERROR/);
});

test('no two sets of jobs share a namespace: it is of the stack and the path in it', () => {
  const app = new App();
  const stack = new Stack(app, 'One', { stackName: 'payments-prod' });
  const inner = new NestedStack(stack, 'Inner');

  expect(metricsNamespace(new Construct(stack, 'Jobs'))).toBe('Stint/payments-prod/Jobs');
  expect(metricsNamespace(new Construct(new Construct(stack, 'Mail'), 'Jobs'))).toBe('Stint/payments-prod/Mail/Jobs');
  expect(metricsNamespace(new Construct(inner, 'Jobs'))).toBe('Stint/payments-prod/Inner/Jobs');
  expect(metricsNamespace(new Construct(stack, 'Jobs of a day'))).toBe('Stint/payments-prod/Jobs_of_a_day');
  expect(metricsNamespace(new Construct(stack, 'x'.repeat(250)))).toHaveLength(255);
});

test('a metric is found by its queue and task; counts are summed up, the rest averaged', () => {
  expect(jobMetric(NAMESPACE, 'failed', { queue: 'default', taskName: 'work' })).toMatchObject({
    namespace: NAMESPACE,
    metricName: 'failed',
    dimensions: { queue: 'default', task_name: 'work' },
    statistic: 'Sum',
  });
  expect(jobMetric(NAMESPACE, 'failed', { queue: 'default' }).dimensions).toEqual({ queue: 'default' });
  expect(() => jobMetric(NAMESPACE, 'duration', { queue: 'default' })).toThrow(/give a taskName/);
  for (const name of ['duration', 'wait_time', 'attempts'] as const)
    expect(jobMetric(NAMESPACE, name, { queue: 'default', taskName: 'work' }).statistic).toBe('Average');
});

test('the construct gives the metrics of its jobs, and says so where there are none', () => {
  const jobs = (props = {}) =>
    new BackgroundJobsStack(newApp(), 'Test', { queues: QUEUES, entries: ENTRIES, ...props }).jobs;
  const wait = jobs().metricJobs(
    'wait_time',
    { queue: 'default', taskName: 'work' },
    { statistic: 'p95', label: 'wait' },
  );

  expect(wait).toMatchObject({ namespace: NAMESPACE, metricName: 'wait_time', statistic: 'p95', label: 'wait' });
  expect(() => jobs({ metrics: false }).metricJobs('failed', { queue: 'default' })).toThrow(/no metric 'failed'/);
});
