import { cpus, totalmem } from 'node:os';
import type { Report } from './chaos.ts';
import { isAttemptLine } from './journal.ts';

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`;
const whole = (count: number): string => count.toLocaleString('en-US');

/** The table of a run: what was, and what must be zero. */
export function tableOf(report: Report): string {
  const { figures: f, findings, faults, kills, calls } = report;
  const rows: [what: string, figure: string, promised?: string][] = [
    ['requests to enqueue', whole(f.requests)],
    ['accepted, each a job of its own', whole(f.accepted)],
    ['answered with a job that was there already', whole(f.deduplicated)],
    ['refused, or left without an answer', whole(f.refused)],
    ['complete', whole(f.complete)],
    ['failed', whole(f.failed)],
    ['aborted', whole(f.aborted)],
    ['ended, and its `key` used by a later job', whole(f.replaced)],
    ...findings.map(({ promise, offences }): [string, string, string] => [promise, whole(offences.length), '0']),
    ['attempts begun', whole(f.attempts)],
    ['attempts cut off by the death of their process', whole(f.cutOff)],
    ['aborts, retries by hand acknowledged', `${whole(f.abortsAcknowledged)}, ${whole(f.retriesAcknowledged)}`],
    ['jobs that ran although their request got no 202', whole(f.uninvited)],
    ['longest time from a cut-off attempt to the next, or to the end', seconds(f.healMs)],
    ['longest time from accepted to ended', seconds(f.longestMs)],
    ['jobs accepted a second, faults included', (f.accepted / (report.sendMs / 1000)).toFixed(1)],
    ['from the last fault until all had ended', seconds(report.drainMs)],
    ['processes killed: API, worker, bury, sweep', [kills.api, kills.worker, kills.bury, kills.sweep].join(', ')],
    [`calls of the functions to AWS, of them with a fault`, `${whole(calls)}, ${whole(sum(Object.values(faults)))}`],
    ...Object.entries(faults).map(([fault, count]): [string, string] => [`— ${fault}`, whole(count)]),
  ];
  return markdown(
    ['', 'figure', 'promised'],
    rows.map(([what, figure, promised = '']) => [what, figure, promised]),
  );
}

function markdown(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Each broken promise with what the job's journal and record say. */
export function offencesOf({ findings, evidence }: Report): string {
  const { lines, records, promises } = evidence;
  return findings
    .flatMap(({ promise, offences }) =>
      offences.slice(0, 10).map(({ job_id, why }) => {
        const journal = lines.filter((line) => isAttemptLine(line) && line.job_id === job_id);
        const record = records.find(({ pk }) => pk === job_id);
        const asked = [...promises.accepted, ...promises.aborts, ...promises.retries].filter(
          (each) => each.job_id === job_id,
        );
        const told = [...asked, ...journal, record].map((each) => `    ${JSON.stringify(each)}`);
        return [`${promise}: ${job_id} ${why}`, ...told].join('\n');
      }),
    )
    .join('\n');
}

export const isClean = ({ findings }: Report): boolean => findings.every(({ offences }) => offences.length === 0);

/** The machine that a run was on, in a line. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform}`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
