/**
 * The same jobs on other job queues: `npm run bench:peers [-- rounds] [-- --write]`. A worker of each empties its own queue, in turn, on this
 * machine; the CPU time is the worker's process alone. What it needs is installed under .local/; Redis and PostgreSQL must be there.
 */
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { startStint } from '../cost/stint.ts';
import { machine, publish, table } from '../figures.ts';
import { countFromArguments, median, quantile } from '../statistics.ts';
import { bullMq, type Contender, pgBoss, saq, stint } from './contenders.ts';
import { type Server, startPostgres, startRedis } from './servers.ts';

const ROUNDS = countFromArguments(5);
const NO_OP = { jobs: 3_000, warmUp: 1_000, taskMs: 0 };
const TEN_MS = { jobs: 1_500, warmUp: 500, taskMs: 10 };
const CALM = { jobs: 50, everyMs: 20 };
const ON_EMULATOR = { jobs: 600, warmUp: 200 };

await using cleanup = new AsyncDisposableStack();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
const missing: string[] = [];
const started = async (start: () => Promise<Server | undefined>, what: string, how: string) => {
  const server = await start();
  if (server === undefined) missing.push(`${what} is not installed here, so what needs it is left out: ${how}.`);
  else cleanup.defer(() => server.stop());
  return server;
};
const redis = await started(startRedis, 'Redis', '`apt-get install redis-server`');
const postgres = await started(startPostgres, 'PostgreSQL', '`apt-get install postgresql`');
const engine = stint("Stint's engine alone, on a store that answers at once", 'engine');
const contenders: Contender[] = [
  engine,
  stint("Stint's worker on AWS's clients, AWS stubbed below them", 'clients'),
  await stintOnEmulator("Stint's worker on AWS's clients and the emulator"),
  ...(redis === undefined ? [] : [await bullMq(redis), await saq(redis)]),
  ...(postgres === undefined ? [] : [await pgBoss(postgres)]),
];

/** With sockets and a server behind them, as the others have. Only what its function does is counted: to receive and delete is Lambda's work. */
async function stintOnEmulator(name: string): Promise<Contender> {
  const emulator = await startTemporaryEmulator('bench-peers-emulator');
  cleanup.defer(() => emulator.stop());
  const functions = await startStint(emulator.endpoint, emulator.endpoint);
  const quiet = async (code: () => Promise<unknown>) => {
    const write = process.stdout.write;
    process.stdout.write = (() => true) as typeof write;
    await code().finally(() => {
      process.stdout.write = write;
    });
  };
  const enqueue = (count: number) =>
    functions.call('POST /jobs/batch', { jobs: Array.from({ length: count }, () => ({ task_name: 'plain' })) });
  return {
    name,
    async cpu(_jobs, _warmUp, taskMs) {
      if (taskMs > 0) return Number.NaN; // no task of that kind is there
      let [jobs, micros] = [0, 0];
      await quiet(async () => {
        await enqueue(ON_EMULATOR.jobs);
        for (const batch of await functions.receive()) {
          const before = process.cpuUsage();
          await functions.work(batch);
          const { user, system } = process.cpuUsage(before);
          jobs += batch.length;
          if (jobs > ON_EMULATOR.warmUp) micros += user + system;
        }
      });
      return micros / (jobs - ON_EMULATOR.warmUp);
    },
  };
}

interface Measured {
  readonly noOp: number[];
  readonly tenMs: number[];
  readonly latencies: number[];
}
const results = new Map<Contender, Measured>(
  contenders.map((contender) => [contender, { noOp: [], tenMs: [], latencies: [] }]),
);
for (let round = 0; round < ROUNDS; round++)
  for (const [contender, { noOp, tenMs, latencies }] of results) {
    noOp.push(await contender.cpu(NO_OP.jobs, NO_OP.warmUp, NO_OP.taskMs));
    tenMs.push(await contender.cpu(TEN_MS.jobs, TEN_MS.warmUp, TEN_MS.taskMs));
    if (contender.latencies) latencies.push(...(await contender.latencies(CALM.jobs, CALM.everyMs)));
  }

const shown = (value: number, digits = 0) => (Number.isNaN(value) ? '' : value.toFixed(digits));
const ownTime = median(results.get(engine)?.noOp ?? []);
const [, whole, , ...others] = [...results.values()].map(({ noOp }) => median(noOp));
const ahead = others.every((theirs) => ownTime < theirs);
const verdict =
  others.length === 0
    ? 'There is none of the others.'
    : `Goal, of the engine alone: less of the processor than any of the others' workers: ${ahead ? 'met' : 'MISSED'}. The whole worker with AWS's clients takes ${((whole ?? Number.NaN) / Math.min(...others)).toFixed(1)} × the least of theirs.`;
publish(
  'performance',
  'peers',
  `${ROUNDS} rounds in turn; ${NO_OP.jobs.toLocaleString('en')} jobs that do nothing and ${TEN_MS.jobs.toLocaleString('en')} that wait 10 ms, ten at a time, of which the first ${NO_OP.warmUp.toLocaleString('en')} and ${TEN_MS.warmUp} are not counted; then ${CALM.jobs} jobs, one every ${CALM.everyMs} ms, for the latency: ${machine()}.
Medians. ${[...missing, verdict].join(' ')}

${table(
  ['a job in the worker', 'no-op, CPU µs', '10 ms, CPU µs', 'enqueue to start, ms, p50', 'p95'],
  [...results].map(([{ name }, { noOp, tenMs, latencies }]) => [
    name,
    shown(median(noOp)),
    shown(median(tenMs)),
    shown(median(latencies), 1),
    shown(quantile(latencies, 0.95), 1),
  ]),
  'left',
)}`,
  {
    title: "A job in the worker's process",
    unit: 'µs of the processor',
    series: ['no-op', 'a job that waits 10 ms'],
    rows: [...results].map(([{ name }, { noOp, tenMs }]) => ({ label: name, values: [median(noOp), median(tenMs)] })),
  },
);
if (!ahead) process.exitCode = 1;
