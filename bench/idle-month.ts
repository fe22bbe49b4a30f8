/**
 * What the stack costs in a month in which no job runs: `npm run bench:idle [-- --write]`. Counts come from the synthesised template, prices
 * from prices.ts; what an idle tick takes is stated below.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SHARDS } from '../lambdas/core/record.ts';
import { queues } from '../lambdas/queues.ts';
import { BackgroundJobsStack } from '../lib/background-jobs-stack.ts';
import { PRICES } from './prices.ts';

const MINUTES = 30 * 24 * 60;
/** A poller waits 20 s in each receive. Lambda keeps five, and two on an idle mapping without a maximum concurrency. */
const RECEIVES_A_MINUTE = 3;
const POLLERS = 5;
const POLLERS_SCALED_DOWN = 2;
/** Measured on the local cloud: under 0.1 s; said higher, for AWS's network is not loopback. */
const TICK_SECONDS = 0.2;

/** What is billed though nothing is done. */
export interface IdleUse {
  readonly what: string;
  readonly count: number;
  readonly unit: string;
  readonly price: keyof typeof PRICES;
}

export interface Line extends IdleUse {
  readonly dollars: number;
}

/** The bill of an idle month, line by line. */
export function idleMonth(): readonly Line[] {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const template = Template.fromStack(new BackgroundJobsStack(app, 'idle', { queues }));
  const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
  const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).length;
  const pollers = mappings.reduce(
    (sum, mapping) => sum + (mapping.Properties.ScalingConfig === undefined ? POLLERS_SCALED_DOWN : POLLERS),
    0,
  );
  const line = (what: string, count: number, unit: string, price: keyof typeof PRICES): Line => ({
    what,
    count,
    unit,
    price,
    dollars: count * PRICES[price],
  });
  return [
    line(`polling, ${mappings.length} queues`, pollers * RECEIVES_A_MINUTE * MINUTES, 'SQS requests', 'sqsRequest'),
    line('sweep, one a minute', MINUTES, 'invocations', 'lambdaRequest'),
    line(`sweep, ${TICK_SECONDS} s at 256 MB`, MINUTES * TICK_SECONDS * 0.25, 'GB-seconds', 'lambdaGbSecondArm'),
    line('sweep, half a read unit a shard', MINUTES * SHARDS.attention * 0.5, 'read units', 'dynamoDbReadUnit'),
    line('sweep, a look at dead-letters', MINUTES, 'SQS requests', 'sqsRequest'),
    line('alarms', alarms, 'alarms', 'alarmMonth'),
  ];
}

if (import.meta.main) {
  const lines = idleMonth();
  if (process.argv.includes('--write')) {
    const uses = lines.map(({ what, count, unit, price }): IdleUse => ({ what, count, unit, price }));
    writeFileSync(join(import.meta.dirname, 'cost/idle.json'), `${JSON.stringify(uses, null, 2)}\n`);
  }
  for (const { what, count, unit, dollars } of lines)
    console.log(
      `${what.padEnd(34)} ${Math.round(count).toLocaleString('en').padStart(10)} ${unit.padEnd(13)} $${dollars.toFixed(3)}`,
    );
  console.log(`${'an idle month'.padEnd(59)} $${lines.reduce((sum, { dollars }) => sum + dollars, 0).toFixed(2)}`);
}
