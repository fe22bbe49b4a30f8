/**
 * What a stack costs in a month in which no job runs, by stage: `npm run bench:idle`; `-- --write` puts it into cost/idle.json and its totals into the README.
 * Counts come from the synthesised templates, prices from prices.ts; what an idle tick takes is stated below.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SHARDS } from '../lambdas/core/record.ts';
import { queues } from '../lambdas/queues.ts';
import { BackgroundJobsStack } from '../lib/background-jobs-stack.ts';
import { STAGES } from '../lib/stages.ts';
import { idleSentence, idleTable } from './cost/idle-table.ts';
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
  /** Whether the stage `dev` has it, too: all of this is of `prod`. */
  readonly dev: boolean;
}

export interface Line extends IdleUse {
  readonly dollars: number;
}

/** The bill of an idle month in `prod`, line by line; of each whether it stands on that of `dev`. */
export function idleMonth(): readonly Line[] {
  const inDev = linesOf('dev').map(({ what, count }) => `${what} ${count}`);
  return linesOf('prod').map((line) => ({ ...line, dev: inDev.includes(`${line.what} ${line.count}`) }));
}

function linesOf(stage: keyof typeof STAGES): readonly Omit<Line, 'dev'>[] {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const template = Template.fromStack(new BackgroundJobsStack(app, 'idle', { queues, ...STAGES[stage] }));
  const found = (type: string) => Object.values(template.findResources(type));
  const mappings = found('AWS::Lambda::EventSourceMapping');
  const pollers = mappings.reduce(
    (sum, mapping) => sum + (mapping.Properties.ScalingConfig === undefined ? POLLERS_SCALED_DOWN : POLLERS),
    0,
  );
  const alarmMetrics = found('AWS::CloudWatch::Alarm').flatMap(({ Properties }) =>
    Properties.Metrics.filter((query: { readonly MetricStat?: unknown }) => query.MetricStat),
  );
  const line = (what: string, count: number, unit: string, price: keyof typeof PRICES) => ({
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
    line('alarms', alarmMetrics.length, 'alarm metrics', 'alarmMetricMonth'),
    line('dashboard', found('AWS::CloudWatch::Dashboard').length, 'dashboard', 'dashboardMonth'),
  ].filter(({ count }) => count > 0);
}

if (import.meta.main) {
  const lines = idleMonth();
  console.log(`${idleTable(lines)}\n\n${idleSentence(lines)}`);
  if (process.argv.includes('--write')) {
    const uses = lines.map(({ dollars: _, ...use }): IdleUse => use);
    writeFileSync(join(import.meta.dirname, 'cost/idle.json'), `${JSON.stringify(uses, null, 2)}\n`);
    const file = join(import.meta.dirname, '../README.md');
    const sentence = /An idle month costs about [^\n]*?nothing else, \$[\d.]+ and \$[\d.]+\./;
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(sentence, () => idleSentence(lines)),
    );
  }
}
