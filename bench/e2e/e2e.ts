/**
 * Jobs over the whole path: `npm run bench:e2e [-- rounds] [-- --write]`. Our stack and the thinnest one that does the same work, both
 * deployed into one emulator, take turns; how many jobs a second, how long each took, and the CPU time of the functions' processes.
 */

import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SQS } from '@aws-sdk/client-sqs';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { machine, publish, table } from '../figures.ts';
import { countFromArguments, median, quantile, ratiosOf } from '../statistics.ts';
import { burst, drained, emptied, paced, type Times, timesOf } from './load.ts';
import { cpuOf, cpuOfProcess, usedBetween } from './processes.ts';
import { deploySubjects, type Subject } from './subjects.ts';

const ROUNDS = countFromArguments(5);
/** Rounds before these: the functions' processes start, and their code is compiled. */
const WARM_UP = 2;
/** A round of one stack: as fast as it can, which gives rate and CPU; then at a pace that it keeps up with, which gives the times. */
const BURST = { jobs: 400, atOnce: 8 };
const PACED = { jobs: 40, everyMs: 100 };
const GOALS = { rate: 0.95, p50: 1.1, cpu: 1.25 };

if (process.platform !== 'linux')
  throw new Error("It reads the processes' CPU time from /proc, so it runs on Linux only.");
await using cleanup = new AsyncDisposableStack();
const emulator = await startTemporaryEmulator('bench-e2e-emulator');
cleanup.defer(() => emulator.stop());
const subjects = await deploySubjects(emulator);
const settings = {
  endpoint: emulator.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const documents = DynamoDBDocument.from(new DynamoDB(settings));
const sqs = new SQS({ ...settings, useQueueUrlAsEndpoint: false });

/** What is measured in a round: milliseconds, but for the rate. */
interface Round {
  readonly rate: number;
  readonly apiCpu: number;
  readonly workerCpu: number;
  readonly cpu: number;
  readonly emulatorCpu: number;
  readonly accepted: readonly number[];
  readonly started: readonly number[];
  readonly completed: readonly number[];
}

/** The processes of a stack's function: their code lies in a folder named for it. */
const cpuOfFunction = ({ stack }: Subject, part: RegExp) =>
  cpuOf(emulator.pid, (command) => command.includes(`ministack-lambda-${stack}-`) && part.test(command));
const cpus = (subject: Subject) => ({
  api: cpuOfFunction(subject, /-(JobsApi|api)/),
  worker: cpuOfFunction(subject, /-(JobsWorkers|worker)/),
});

async function round(subject: Subject): Promise<Round> {
  const before = cpus(subject);
  const emulatorBefore = cpuOfProcess(emulator.pid);
  const fast = await burst(subject, BURST.jobs, BURST.atOnce);
  await drained(sqs, subject);
  const after = cpus(subject);
  const emulatorCpu = (1000 * (cpuOfProcess(emulator.pid) - emulatorBefore)) / BURST.jobs;
  const times = await timesOf(documents, subject, fast);
  const calm = await paced(subject, PACED.jobs, PACED.everyMs);
  await drained(sqs, subject);
  const calmTimes = await timesOf(documents, subject, calm);
  await emptied(documents, subject, [...fast, ...calm]);
  const since = (what: Exclude<keyof Times, 'asked'>) => calmTimes.map((each) => each[what] - each.asked);
  const [apiCpu, workerCpu] = (['api', 'worker'] as const).map(
    (part) => (1000 * usedBetween(before[part], after[part])) / BURST.jobs,
  ) as [number, number];
  if (apiCpu === 0 || workerCpu === 0) throw new Error(`No process of ${subject.stack} was found.`);
  const took = Math.max(...times.map(({ completed }) => completed)) - Math.min(...times.map(({ asked }) => asked));
  return {
    rate: (1000 * BURST.jobs) / took,
    apiCpu,
    workerCpu,
    cpu: apiCpu + workerCpu,
    emulatorCpu,
    accepted: since('accepted'),
    started: since('started'),
    completed: since('completed'),
  };
}

const rounds = new Map<Subject, Round[]>(subjects.map((subject) => [subject, []]));
for (let i = -WARM_UP; i < ROUNDS; i++)
  for (const subject of i % 2 === 0 ? subjects : subjects.toReversed()) {
    const measured = await round(subject);
    if (i >= 0) rounds.get(subject)?.push(measured);
  }

const [ours = [], theirs = []] = [...rounds.values()];
type Single = 'rate' | 'apiCpu' | 'workerCpu' | 'cpu' | 'emulatorCpu';
type Many = 'accepted' | 'started' | 'completed';
const of = (all: readonly Round[], what: Single) => all.map((each) => each[what]);
const singleRow = (title: string, what: Single, digits: number) => ({
  title,
  values: [ours, theirs].map((all) => median(of(all, what)).toFixed(digits)),
  ratios: ratiosOf(of(ours, what), of(theirs, what)),
});
/** The percentile of all rounds' jobs; its ratio, as the others', of round to round. */
const manyRow = (title: string, what: Many, part: number) => ({
  title,
  values: [ours, theirs].map((all) =>
    quantile(
      all.flatMap((each) => each[what]),
      part,
    ).toFixed(1),
  ),
  ratios: ratiosOf(
    ours.map((each) => quantile(each[what], part)),
    theirs.map((each) => quantile(each[what], part)),
  ),
});
const percentiles = (title: string, what: Many) =>
  [50, 95, 99].map((percent) => manyRow(`${title}, ms, p${percent}`, what, percent / 100));
const rows = [
  singleRow('jobs a second', 'rate', 0),
  ...percentiles('enqueue to answer', 'accepted'),
  ...percentiles('enqueue to start', 'started'),
  ...percentiles('enqueue to complete', 'completed'),
  singleRow('CPU of both functions, ms a job', 'cpu', 2),
  singleRow('… of the API', 'apiCpu', 2),
  singleRow('… of the worker', 'workerCpu', 2),
  singleRow('the emulator, in place of AWS: CPU, ms a job', 'emulatorCpu', 2),
];
const goalOf = (title: string): readonly [text: string, met: (ratio: number) => boolean] | undefined => {
  if (title === 'jobs a second') return [`≥ ${GOALS.rate} ×`, (ratio) => ratio >= GOALS.rate];
  if (/^enqueue to (start|complete).*p50$/.test(title)) return [`≤ ${GOALS.p50} ×`, (ratio) => ratio <= GOALS.p50];
  if (title.startsWith('CPU')) return [`≤ ${GOALS.cpu} ×`, (ratio) => ratio <= GOALS.cpu];
  return undefined;
};
const judged = rows.map((row) => {
  const [text, met] = goalOf(row.title) ?? [];
  const ratio = median(row.ratios);
  return { ...row, ratio, goal: text, met: met?.(ratio) ?? true };
});

publish(
  'performance',
  'e2e',
  `${ROUNDS} rounds of each in turn, of ${BURST.jobs} jobs by ${BURST.atOnce} callers at once (rate, CPU) and ${PACED.jobs} jobs, one every ${PACED.everyMs} ms (times): ${machine()}.
Medians and percentiles of all rounds; ratios are medians of the rounds' ratios, beside them how far these lie apart.

${table(
  ['', ...subjects.map(({ name }) => name), 'ratio', '10 % to 90 %', 'goal'],
  judged.map(({ title, values, ratios, ratio, goal, met }) => [
    title,
    ...values,
    ratio.toFixed(2),
    [0.1, 0.9].map((part) => quantile(ratios, part).toFixed(2)).join('–'),
    goal === undefined ? '' : `${goal} ${met ? 'met' : 'MISSED'}`,
  ]),
  'left',
)}`,
  {
    title: 'Over the whole path on the emulator',
    unit: 'ms',
    series: subjects.map(({ name }) => name),
    rows: judged
      .filter(({ title }) => /^enqueue to/.test(title))
      .map(({ title, values }) => ({ label: title.replace(', ms', ''), values: values.map(Number) })),
  },
);
if (judged.some(({ met }) => !met)) process.exitCode = 1;
