import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { BackgroundJobsProps } from '../background-jobs-props.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { Alarms, type Watched } from './alarms.ts';
import { Dashboard } from './dashboard.ts';

/**
 * Makes what watches a set of jobs: alarms, whom they tell, and the dashboard, as far as each is wanted.
 * @throws Error for a subscriber that cannot be told of alarms, and for a threshold at which one would never sound
 */
export function watch(
  scope: Construct,
  props: BackgroundJobsProps,
  { watched, api }: { readonly watched: Watched; readonly api: HttpApi | undefined },
): void {
  const wanted = props.alarms ?? !props.local;
  checkThresholds(props);
  const alarms = wanted
    ? new Alarms(scope, 'Alarms', {
        watched,
        maxFailurePercent: props.maxFailurePercent ?? 10,
        maxQueueAge: Duration.seconds(props.maxQueueAgeSeconds ?? 1_800),
        maxWorkerInvocationsPerHour: props.maxWorkerInvocationsPerHour ?? 100_000,
        actions: [...(props.alarmActions ?? []), ...topics(scope, props).map((topic) => new SnsAction(topic))],
      })
    : undefined;
  if (props.dashboard) new Dashboard(scope, 'Dashboard', { watched, api, alarms: alarms?.all ?? [] });
}

function topics(scope: Construct, { alarmTopicArn, alarmSubscribers = [], encryptionKey }: BackgroundJobsProps) {
  return [
    ...(alarmTopicArn === undefined ? [] : [Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn)]),
    ...(alarmSubscribers.length === 0 ? [] : [new AlarmTopic(scope, 'Alarmed', alarmSubscribers, encryptionKey)]),
  ];
}

function checkThresholds({ maxFailurePercent = 0, maxWorkerInvocationsPerHour = 0 }: BackgroundJobsProps): void {
  if (!(maxFailurePercent >= 0 && maxFailurePercent < 100))
    throw new Error(`maxFailurePercent must be a number from 0 to below 100, not ${maxFailurePercent}.`);
  if (!(maxWorkerInvocationsPerHour >= 0 && Number.isFinite(maxWorkerInvocationsPerHour)))
    throw new Error(`maxWorkerInvocationsPerHour must be a number from 0, not ${maxWorkerInvocationsPerHour}.`);
}
