import { Stack } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';

/** What Lambda takes of all variables of a function, names included. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BYTES = 4_096;
/** Refused beyond it: some names that CloudFormation makes are longer than `UNKNOWN_BYTES`. */
const REFUSED_BYTES = 4_000;
/** For what is known only after the deploy: the longest URL of a queue, and the longest ARN of a role. */
const UNKNOWN_BYTES = 140;
const UNKNOWN_ARN_BYTES = 102;

/** What is wrong with the size of a function's environment, as it will be when it is deployed; empty: nothing. */
export function environmentProblems(fn: CfnFunction): string[] {
  const { variables = {} } = (Stack.of(fn).resolve(fn.environment) ?? {}) as { variables?: Record<string, unknown> };
  const sizes = Object.entries(variables)
    .map(([name, value]) => [name, name.length + bytesOf(value)] as const)
    .toSorted(([, a], [, b]) => b - a);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  const [largest] = sizes;
  if (largest === undefined || bytes <= REFUSED_BYTES) return [];
  const shown = (count: number) => count.toLocaleString('en');
  return [
    `Its environment may come to ${shown(bytes)} bytes (${largest[0]}: ${shown(largest[1])}), and Lambda takes ${shown(MOST_BYTES)}. ` +
      'Declare fewer queues (a second BackgroundJobs has an environment of its own), name fewer auth.callers (several can assume one role), or add fewer variables.',
  ];
}

/** The bytes of a value in a template. */
export function bytesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(String(value));
  const { 'Fn::Join': joined, 'Fn::GetAtt': attribute } = value as {
    'Fn::Join'?: [string, unknown[]];
    'Fn::GetAtt'?: [string, string];
  };
  if (joined === undefined) return attribute?.[1] === 'Arn' ? UNKNOWN_ARN_BYTES : UNKNOWN_BYTES;
  const [separator, parts] = joined;
  return parts.reduce((sum: number, part) => sum + bytesOf(part), separator.length * (parts.length - 1));
}
