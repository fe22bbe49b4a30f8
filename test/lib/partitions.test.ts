import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, test, vi } from 'vitest';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
import { STAGES } from '../../lib/stages.ts';
import { ENTRIES, newApp, QUEUES, resources, synth } from './synth.ts';

/** Regions of other partitions, each with the partition's name. */
const PARTITIONS = [
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
] as const;

const ACCOUNT = '000000000000';

/** All that a stack can be made of. */
function templateIn(region: string, partition: string, props: Partial<BackgroundJobsStackProps> = {}): Template {
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
  return Template.fromStack(stack);
}

const textOf = (template: Template) => JSON.stringify(template.toJSON());

/** Every ARN and every host of AWS that a template names, but for service principals, which have one name everywhere. */
const namesIn = (text: string) =>
  [...text.matchAll(/arn:aws[\w-]*|[\w.${}-]*\bamazonaws\.com[\w.]*/g)]
    .map(([name]) => name)
    .filter((name) => !/^[a-z]+\.amazonaws\.com$/.test(name));

test.each(PARTITIONS)('in %s nothing is named but what belongs to %s', (region, partition) => {
  const signed = textOf(templateIn(region, partition));
  const keys = textOf(templateIn(region, partition, { auth: 'api-key', architecture: 'x86_64' }));

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
  for (const name of namesIn(textOf(Template.fromStack(stack)))) expect(name).toBe(`arn:${partition}`);
});

const loops = (template: Template) =>
  Object.values(resources(template, 'AWS::Lambda::Function')).map(({ Properties }) => Properties.RecursiveLoop);

test.each(PARTITIONS)('in %s, which has no loop detection, no function says what to do about loops', (...where) => {
  expect(new Set(loops(templateIn(...where)))).toEqual(new Set([undefined]));
});

test('elsewhere loop detection is off, and the template need not ask where it is', () => {
  const template = templateIn('eu-central-1', 'aws');
  expect(new Set(loops(template))).toEqual(new Set(['Allow']));
  expect(template.toJSON().Conditions).toBeUndefined();
});

test('two sets of jobs in a stack whose region is not known ask once where it is', () => {
  const stack = new Stack(newApp(), 'Two');
  for (const id of ['Orders', 'Mails']) new BackgroundJobs(stack, id, { queues: QUEUES, entries: ENTRIES });
  expect(Object.keys(Template.fromStack(stack).findConditions('*'))).toHaveLength(1);
});

test('emulators are asked for no condition, whatever their region', () => {
  expect(new Set(loops(synth({ local: true, auth: 'none' })))).toEqual(new Set(['Allow']));
});

test.each<[string, Partial<BackgroundJobsStackProps>, string]>([
  ['cn-north-1', { frontDoor: 'function-url' }, "frontDoor: cn-north-1 has no function URLs. Use 'http-api'"],
  ['us-gov-west-1', { frontDoor: 'function-url' }, "frontDoor: us-gov-west-1 has no function URLs. Use 'http-api'"],
  ['us-gov-east-1', { budget: { dollars: 20, mailTo: ['ops@example.org'] } }, 'budget: us-gov-east-1 has no budgets'],
  ['cn-northwest-1', { tracing: true }, 'tracing: Lambda in cn-northwest-1 knows no X-Ray. Leave it out'],
])('what %s does not have is refused: %j', (region, props, why) => {
  expect(() => templateIn(region, 'aws', props)).toThrow(why);
});

test('a stack that names no region is taken to be for that of the command', () => {
  vi.stubEnv('CDK_DEFAULT_REGION', 'cn-north-1');
  expect(() => synth({ tracing: true })).toThrow('Lambda in cn-north-1 knows no X-Ray');
  vi.unstubAllEnvs();
});

test('a name of the ordinary partition would be found out', () => {
  expect(namesIn('"arn:aws:s3:::b" "sqs.us-east-1.amazonaws.com" "lambda.amazonaws.com" "x.amazonaws.com.cn"')).toEqual(
    ['arn:aws', 'sqs.us-east-1.amazonaws.com', 'x.amazonaws.com.cn'],
  );
});
