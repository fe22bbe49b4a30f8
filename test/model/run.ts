// `npm run test:model [-- --steps 1000000 --seed 7 --workers 2]`: random steps against what protocol.md says must hold.
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { add, type Counts, missing, table, UNREACHABLE } from './coverage.ts';
import { countInto, type Found, inWords, search } from './search.ts';

interface Share {
  readonly seed: number;
  readonly steps: number;
}

interface Result extends Found {
  readonly counts: Counts;
}

if (isMainThread) await main();
else parentPort?.postMessage(await searchShare(workerData as Share));

async function searchShare(share: Share): Promise<Result> {
  const counts: Counts = new Map();
  return { ...(await search({ ...share, count: countInto(counts) })), counts };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { steps: { type: 'string' }, seed: { type: 'string' }, workers: { type: 'string' } },
  });
  const wanted = Number(values.steps ?? 1_000_000);
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const workers = Number(values.workers ?? 2);
  console.log(`Seed ${seed}: ${wanted.toLocaleString('en')} random steps on ${workers} threads.`);

  const began = performance.now();
  // Far apart: each thread counts on from its own seed.
  const shares = Array.from({ length: workers }, (_, i) => ({
    seed: seed + i * 1_000_000,
    steps: Math.ceil(wanted / workers),
  }));
  const results = await Promise.all(shares.map(inThread));
  const seconds = (performance.now() - began) / 1000;

  const counts: Counts = new Map();
  for (const result of results) add(counts, result.counts);
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const steps = sum((result) => result.steps);
  const drained = sum((result) => result.drained);
  console.log(table(counts));
  console.log(
    `${steps.toLocaleString('en')} random steps in ${sum((result) => result.episodes)} episodes, and ${drained.toLocaleString('en')} of their fault-free ends, ` +
      `in ${seconds.toFixed(1)} s: ${Math.round(steps / seconds).toLocaleString('en')} random steps a second. Seed ${seed}.`,
  );
  for (const { failure } of results)
    if (failure !== undefined) {
      process.exitCode = 1;
      console.error(`\n${inWords(failure)}`);
    }
  if (process.exitCode === 1) return;
  for (const [what, why] of Object.entries(UNREACHABLE)) console.log(`Not reached, for it cannot be: ${what}: ${why}.`);
  const never = missing(counts);
  if (never.length > 0) {
    process.exitCode = 1;
    console.error(`\nNever exercised, so nothing is proven of it: ${never.join('; ')}.`);
  } else console.log('Nothing that must not be.');
}

function inThread(share: Share): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
