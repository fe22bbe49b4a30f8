// `npm run chaos -- --jobs 10000 --seed N`: see docs/chaos.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { listenForInterruption } from '../../bin/local/interruption.ts';
import { Complaint } from '../../bin/local/steps.mjs';
import { type Report, runChaos } from './chaos.ts';
import { isClean, machine, offencesOf, tableOf } from './report.ts';

const root = dirname(dirname(import.meta.dirname));
const USAGE = 'Usage: npm run chaos [-- --jobs 10000] [--seed N] [--hasten] [--write docs/chaos.md]';

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        jobs: { type: 'string', default: '10000' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
        hasten: { type: 'boolean', default: false },
        write: { type: 'string' },
      },
    });
    const [jobs, seed] = [Number(values.jobs), Number(values.seed)];
    if (!Number.isInteger(jobs) || jobs < 1 || !Number.isInteger(seed)) throw new Complaint(USAGE);
    return { ...values, jobs, seed };
  } catch (cause) {
    throw new Complaint(USAGE, { cause });
  }
}

/** Puts the table between the page's two marks. */
function writePage(path: string, report: Report): void {
  const { jobs, seed } = report.options;
  const options = report.options.hasten ? ' --hasten' : '';
  const told = [
    `\`npm run chaos -- --jobs ${jobs} --seed ${seed}${options}\` on ${new Date().toISOString().slice(0, 10)}.`,
    `${machine()}. The workers' clocks were ${report.skew.join(' to ')} ms off.`,
  ];
  const page = readFileSync(path, 'utf8');
  const marked = /(<!-- run:begin[^>]*>\n)[\s\S]*(<!-- run:end -->)/;
  if (!marked.test(page)) throw new Complaint(`${path} has no marks to write between.`);
  writeFileSync(
    path,
    page.replace(marked, (_all, begin, end) => `${begin}\n${told.join('\n')}\n\n${tableOf(report)}\n\n${end}`),
  );
}

/** What a run leaves to look at. */
function keepEvidence(report: Report): string {
  const file = join(root, '.local', 'chaos', `${report.options.seed}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const { plan: _plan, payloads: _payloads, ...evidence } = report.evidence;
  writeFileSync(file, JSON.stringify(evidence));
  return file;
}

const interruption = listenForInterruption();
const began = performance.now();
const say = (line: string) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`);
try {
  const { jobs, seed, hasten, write } = readOptions();
  console.log(`chaos: ${jobs} jobs, seed ${seed}`);
  const report = await runChaos({ jobs, seed, hasten, drainMs: 300_000, signal: interruption.signal, say });
  console.log(`\n${tableOf(report)}\n\n${machine()}, seed ${seed}. All evidence: ${keepEvidence(report)}`);
  if (!isClean(report)) {
    console.log(`\n${offencesOf(report)}`);
    process.exitCode = 1;
  } else if (write !== undefined) writePage(write, report);
} catch (error) {
  if (error instanceof Complaint) console.error(error.message);
  else if (!interruption.signal.aborted) console.error(error);
  process.exitCode = interruption.signal.aborted ? interruption.exitCode() : 1;
}
