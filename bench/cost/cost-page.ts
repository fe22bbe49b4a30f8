import { table } from '../figures.ts';
import { PRICES_OF } from '../prices.ts';
import { dollars } from './bill.ts';
import { DEFAULT_WORKLOAD, idleLines, measured, monthOf, WAYS, type Way } from './estimate.ts';
import { total } from './idle-table.ts';

const MONTHS = [10_000, 1_000_000, 100_000_000];

/** The tables of docs/costs.md, by the names of their marks. */
export function costPage(): Record<'month' | 'operations' | 'idle', string> {
  const ways = Object.keys(WAYS) as Way[];
  const { seconds, memoryMb, retentionDays } = DEFAULT_WORKLOAD;
  const month = table(
    ['jobs a month', ...ways.map((way) => WAYS[way].what)],
    MONTHS.map((jobs) => [
      jobs.toLocaleString('en'),
      ...ways.map((way) => usd(monthOf(way, { ...DEFAULT_WORKLOAD, jobs }).total, 2)),
    ]),
  );
  const operations = table(
    ['operation', 'AWS calls', 'read units', 'write units', 'SQS requests', 'GB-seconds', 'log bytes', 'a million'],
    Object.values(measured.operations).map(({ what, bill }) => [
      what,
      ...[bill.calls, bill.readUnits, bill.writeUnits, bill.sqsRequests].map((count) => String(round(count))),
      bill.gbSeconds.toFixed(5),
      bill.logBytes.toFixed(0),
      usd(dollars(bill) * 1e6, 2),
    ]),
    'left',
  );
  const lines = idleLines();
  const idle = table(
    ['an idle month', 'count', 'of', 'dev', 'prod'],
    [
      ...lines.map(({ what, count, unit, dev, dollars }) => [
        what,
        count.toLocaleString('en'),
        unit,
        dev ? usd(dollars, 3) : '',
        usd(dollars, 3),
      ]),
      ['in all', '', '', usd(total(lines.filter(({ dev }) => dev)), 2), usd(total(lines), 2)],
    ],
    'left',
  );
  return {
    month: `Attempts of ${seconds} s at ${memoryMb} MB, records kept for ${retentionDays} days, in the stage \`prod\`: its metrics of the task and the idle stack included. List prices of us-east-1 of ${PRICES_OF}:\n\n${month}`,
    operations,
    idle,
  };
}

const usd = (amount: number, digits: number) =>
  `$${amount.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
const round = (value: number) => Math.round(value * 100) / 100;
