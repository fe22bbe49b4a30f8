import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, test } from 'vitest';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
import { STAGES } from '../../lib/stages.ts';
import { ENTRIES, newApp, QUEUES } from './synth.ts';

/** Regions of other partitions, each with the partition's name. */
const PARTITIONS = [
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
] as const;

const ACCOUNT = '000000000000';

/** All that a stack can be made of, as the text of its template. */
function templateIn(region: string, partition: string, props: Partial<BackgroundJobsStackProps> = {}): string {
  const stack = new BackgroundJobsStack(newApp(), 'Test', {
    env: { account: ACCOUNT, region },
    queues: QUEUES,
    entries: ENTRIES,
    ...STAGES.prod,
    alarmTopicArn: `arn:${partition}:sns:${region}:${ACCOUNT}:on-call`,
    ...props,
  });
  stack.jobs.grantAdmin(stack.jobs.worker('default'));
  stack.jobs.grantEnqueue(stack.jobs.worker('default'));
  return JSON.stringify(Template.fromStack(stack).toJSON());
}

/** Every ARN and every host of AWS that a template names, but for service principals, which have one name everywhere. */
const namesIn = (text: string) =>
  [...text.matchAll(/arn:aws[\w-]*|[\w.${}-]*\bamazonaws\.com[\w.]*/g)]
    .map(([name]) => name)
    .filter((name) => !/^[a-z]+\.amazonaws\.com$/.test(name));

test.each(PARTITIONS)('in %s nothing is named but what belongs to %s', (region, partition) => {
  const signed = templateIn(region, partition);
  const keys = templateIn(region, partition, { auth: 'api-key', frontDoor: 'function-url', architecture: 'x86_64' });

  for (const name of [...namesIn(signed), ...namesIn(keys)]) expect(name).toBe(`arn:${partition}`);
  expect(namesIn(signed)).not.toEqual([]); // the topic, at least
});

test.each(PARTITIONS)('with a key of one’s own in %s neither', (region, partition) => {
  const app = newApp();
  const stack = new BackgroundJobsStack(app, 'Test', {
    env: { account: ACCOUNT, region },
    queues: QUEUES,
    entries: ENTRIES,
    encryptionKey: Key.fromKeyArn(new Stack(app, 'Keys'), 'Key', `arn:${partition}:kms:${region}:${ACCOUNT}:key/1`),
  });
  for (const name of namesIn(JSON.stringify(Template.fromStack(stack).toJSON()))) expect(name).toBe(`arn:${partition}`);
});

test('a name of the ordinary partition would be found out', () => {
  expect(namesIn('"arn:aws:s3:::b" "sqs.us-east-1.amazonaws.com" "lambda.amazonaws.com" "x.amazonaws.com.cn"')).toEqual(
    ['arn:aws', 'sqs.us-east-1.amazonaws.com', 'x.amazonaws.com.cn'],
  );
});
