import { dollars } from '../../bench/cost/bill.ts';
import { idleLines, type Month, measured, monthOf, WAYS, type Way, type Workload } from '../../bench/cost/estimate.ts';
import { PRICES_OF } from '../../bench/prices.ts';
import { table } from './table.ts';
import { paint } from './terminal.ts';

const ways = Object.keys(WAYS) as Way[];
const OF_THE_MONTH = [
  'total',
  'api',
  'requests',
  'time',
  'sqs',
  'table',
  'logs',
  'storage',
  'metrics',
  'idle',
] as const;
const HEADING: Record<keyof Month, string> = {
  total: 'TOTAL',
  api: 'GATEWAY',
  requests: 'INVOCATIONS',
  time: 'GB-SECONDS',
  sqs: 'SQS',
  table: 'TABLE',
  logs: 'LOGS',
  storage: 'STORAGE',
  metrics: 'METRICS',
  idle: 'IDLE',
};

/** What a workload costs a month, and each operation a million times, as a person reads it. */
export function costTables(workload: Workload): string[] {
  const { jobs, seconds, memoryMb, retries, gets } = workload;
  const besides = [retries > 0 && `${retries * 100} % retried`, gets > 0 && `each asked for ${gets} times`];
  const title = [`${jobs.toLocaleString('en')} jobs a month, ${seconds} s each at ${memoryMb} MB`, ...besides];
  const months = ways.map((way) => {
    const month = monthOf(way, workload);
    return [WAYS[way].what, ...OF_THE_MONTH.map((part) => `$${month[part].toFixed(2)}`)];
  });
  const operations = Object.values(measured.operations).map(({ what, bill }) => [
    what,
    ...[bill.calls, bill.readUnits, bill.writeUnits, bill.sqsRequests].map((count) => String(rounded(count))),
    `$${(dollars(bill) * 1e6).toFixed(2)}`,
  ]);
  const idle = idleLines().map((line) => [
    line.what,
    Math.round(line.count).toLocaleString('en'),
    line.unit,
    `$${line.dollars.toFixed(3)}`,
  ]);
  return [
    paint('bold', title.filter(Boolean).join(', ')),
    '',
    ...table(['DOLLARS A MONTH', ...OF_THE_MONTH.map((part) => HEADING[part])], months),
    '',
    ...table(['OPERATION', 'AWS CALLS', 'READ UNITS', 'WRITE UNITS', 'SQS REQUESTS', 'A MILLION'], operations),
    '',
    ...table(['AN IDLE MONTH', 'COUNT', 'OF', 'DOLLARS'], idle),
    '',
    `List prices of us-east-1 of ${PRICES_OF}, without free tiers. docs/costs.md says what is counted, and what is not.`,
  ];
}

/** The same for scripts: dollars, not rounded; of an operation, of one. */
export function costJson(workload: Workload): object {
  const { memoryMb, retentionDays, ...rest } = workload;
  return {
    prices: { region: 'us-east-1', of: PRICES_OF },
    workload: { ...rest, memory_mb: memoryMb, retention_days: retentionDays },
    month: Object.fromEntries(ways.map((way) => [snake(way), snakeKeys(monthOf(way, workload))])),
    operations: Object.fromEntries(
      Object.entries(measured.operations).map(([name, { bill }]) => [
        snake(name),
        { dollars: dollars(bill), ...snakeKeys(bill) },
      ]),
    ),
    idle: idleLines().map(({ what, count, unit, dollars }) => ({ what, count, unit, dollars })),
  };
}

const rounded = (count: number) => Math.round(count * 100) / 100;
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const snakeKeys = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [snake(key), value]));
