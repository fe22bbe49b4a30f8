import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { bytesOf } from '../../lib/environment-size.ts';
import { ENTRIES, newApp, QUEUES, synth } from './synth.ts';

const queues = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`queue-of-tasks-${i}`, QUEUES.default]));
const callers = (count: number) =>
  Array.from(
    { length: count },
    (_, i) =>
      ({ arn: `arn:aws:iam::123456789012:role/a-caller-of-jobs-${i}`, role: 'user', userId: `user-${i}` }) as const,
  );

test('a dozen queues, and two dozen callers, fit into what Lambda takes of environment', () => {
  expect(() => synth({ queues: queues(12), auth: { mode: 'iam', callers: callers(12) } })).not.toThrow();
  expect(() => synth({ auth: { mode: 'iam', callers: callers(24) } })).not.toThrow();
});

test('40 queues are refused, with what takes the room, before Lambda would', () => {
  expect(() => synth({ queues: queues(40) })).toThrow(
    /Its environment may come to [56],\d{3} bytes \(STINT_QUEUES: [56],\d{3}\), and Lambda takes 4,096\. .*fewer queues/,
  );
});

test('60 callers are refused, those whose ARNs are known only after the deploy as well', () => {
  expect(() => synth({ auth: { mode: 'iam', callers: callers(60) } })).toThrow(/\(STINT_AUTH: \d,\d{3}\)/);
  const stack = new Stack(newApp(), 'Stack');
  const made = callers(60).map((caller, i) => ({
    ...caller,
    arn: new Role(stack, `Role${i}`, { assumedBy: new AccountRootPrincipal() }).roleArn,
  }));
  new BackgroundJobs(stack, 'Jobs', { queues: QUEUES, entries: ENTRIES, auth: { mode: 'iam', callers: made } });
  expect(() => Template.fromStack(stack)).toThrow(/\(STINT_AUTH: 8,\d{3}\)/);
});

test('what an app adds to a worker counts', () => {
  const stack = new Stack(newApp(), 'Stack');
  const jobs = new BackgroundJobs(stack, 'Jobs', { queues: QUEUES, entries: ENTRIES });
  jobs.worker('default').addEnvironment('OWN', 'x'.repeat(4_000));
  expect(() => Template.fromStack(stack)).toThrow(/\(OWN: 4,003\)/);
});

test('a name that is known only after the deploy counts as the longest that it can be', () => {
  const longest = `https://sqs.us-gov-west-1.amazonaws.com.cn/123456789012/${'q'.repeat(80)}`;
  expect(bytesOf({ Ref: 'Queue' })).toBeGreaterThanOrEqual(longest.length);
  expect(bytesOf({ 'Fn::GetAtt': ['Role', 'Arn'] })).toBe(
    `arn:aws-us-gov:iam::123456789012:role/${'r'.repeat(64)}`.length,
  );
  expect(bytesOf({ 'Fn::Join': ['', ['{"é":"', { Ref: 'Queue' }, '"}']] })).toBe(bytesOf({ Ref: 'Queue' }) + 9);
});
