import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { DEFAULT_WORKLOAD, type Workload } from '../../bench/cost/estimate.ts';
import { wantsJson } from '../cli/connect.ts';
import { costJson, costTables } from '../cli/cost-tables.ts';
import { out, outJson } from '../cli/terminal.ts';
import { durationArgument, wholeNumber } from '../cli/time.ts';

const EXAMPLES = `
Dollars at list prices of us-east-1, without free tiers; the calls behind them were measured: docs/costs.md. Asks no stack.
What your task itself calls is not in it.

Examples:
  $ stint cost
  $ stint cost --jobs 20000000 --seconds 2 --memory 1024
  $ stint cost --jobs 5000000 --retries 10 --json | jq .month.alone.total`;

interface Options {
  readonly jobs: number;
  readonly seconds: number;
  readonly memory: number;
  readonly retries: number;
  readonly gets: number;
  readonly retention: number;
}

export function define(command: Command): void {
  const { jobs, seconds, memoryMb, retentionDays } = DEFAULT_WORKLOAD;
  command
    .option('-n, --jobs <count>', 'jobs a month', wholeNumber(0, 1e12), jobs)
    .option('--seconds <duration>', 'that an attempt takes', durationArgument, seconds)
    .option('--memory <MB>', "the worker's memory", wholeNumber(128, 10_240), memoryMb)
    .option('--retries <percent>', 'attempts that fail and are tried again, of 100 jobs', percent, 0)
    .option('--gets <count>', 'times that each job is asked for', wholeNumber(0, 1_000), 0)
    .option('--retention <days>', 'that a record is kept', wholeNumber(1, 3_650), retentionDays)
    .addHelpText('after', EXAMPLES)
    .action(cost);
}

function percent(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0) || number > 10_000)
    throw new InvalidArgumentError('Say a number of percent: 5, or 0.1.');
  return number;
}

function cost({ memory, retries, retention, ...options }: Options, command: Command): void {
  const workload: Workload = { ...options, memoryMb: memory, retries: retries / 100, retentionDays: retention };
  if (wantsJson(command)) outJson(costJson(workload));
  else costTables(workload).forEach(out);
}
