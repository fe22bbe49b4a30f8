import { drain } from './drain.ts';
import type { Evidence } from './evidence.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Planned, planJobs } from './plan.ts';
import type { Watcher } from './processes.ts';
import { type Random, seeded } from './random.ts';
import { Sender } from './send.ts';
import { type Stage, setStage } from './stage.ts';
import { type Finding, judgeRun } from './verdict.ts';

export interface ChaosOptions {
  readonly jobs: number;
  readonly seed: number;
  /** Lets the sweep's clock run a minute ahead and runs it every few seconds, so that nothing waits for its minute. */
  readonly hasten: boolean;
  /** How long after the last job was sent all must have ended. */
  readonly drainMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Report {
  readonly options: Pick<ChaosOptions, 'jobs' | 'seed' | 'hasten'>;
  readonly figures: Figures;
  readonly findings: readonly Finding[];
  readonly faults: ReturnType<FaultProxy['faults']>;
  readonly kills: ReturnType<Watcher['kills']>;
  /** Calls that the functions made through the proxy. */
  readonly calls: number;
  readonly skew: readonly [from: number, to: number];
  readonly sendMs: number;
  readonly drainMs: number;
  readonly evidence: Evidence;
}

/** The protocol leaves 5 s for clocks that differ (CLOCK_SKEW_MS): no two workers differ by more. */
const SKEWS = [
  [-5_000, 0],
  [-2_500, 2_500],
  [0, 5_000],
] as const;

/** Killed is by the jobs sent, not by the clock: a slow machine would do little but start processes. */
const JOBS_A_KILL = 25;
const JOURNAL_MS = 100;
const SWEEP_MS = 3_000;
const AT_ONCE = 8;
const MOST_UNDER_WAY = 150;

/**
 * Sends jobs to a stack of its own while it kills, drops, delays, throttles and doubles, then lets all end in peace, and holds
 * what became of them against what was promised. All it starts has ended when this returns.
 */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const { jobs, seed, hasten, signal, say } = options;
  const random = seeded(seed);
  const skew = random.fork('skew').pick(SKEWS);
  const plan = planJobs(jobs, seed, random.fork('plan'));
  await using cleanup = new AsyncDisposableStack();
  const stage = await setStage({ random, skew, hasten, signal }, cleanup);
  say(`deployed; sending ${jobs} jobs, seed ${seed}, the workers' clocks ${skew.join(' to ')} ms off`);

  const began = Date.now();
  const sender = await sendInChaos(stage, plan, options, random, cleanup);
  const sentAt = Date.now();
  say(`all sent after ${((sentAt - began) / 1000).toFixed(1)} s; the faults have ended`);
  const left = await drain({ ...stage, ...options, sender, until: sentAt + options.drainMs, random });
  await stage.watcher.stop();
  stage.journal.readNew();

  const lines = stage.journal.lines.toSorted((a, b) => a.at - b.at);
  const evidence: Evidence = { plan, promises: sender.promises, lines, deaths: stage.watcher.deaths(), ...left };
  return {
    options: { jobs, seed, hasten },
    figures: figuresOf(evidence),
    findings: judgeRun(evidence),
    faults: stage.proxy.faults(),
    kills: stage.watcher.kills(),
    calls: stage.proxy.requests(),
    skew,
    sendMs: sentAt - began,
    drainMs: left.endedAt - sentAt,
    evidence,
  };
}

/** Sends all jobs, and does what is planned for each, while harm is done. The sender keeps what was acknowledged. */
async function sendInChaos(
  { apiUrl, cloud, proxy, watcher, journal }: Stage,
  plan: readonly Planned[],
  { hasten, signal, say }: ChaosOptions,
  random: Random,
  cleanup: AsyncDisposableStack,
): Promise<Sender> {
  const every = (millis: number, act: () => void) => {
    const timer = setInterval(act, millis);
    cleanup.defer(() => clearInterval(timer));
  };
  const whims = random.fork('when');
  let left = plan.length;
  const onSend = () => {
    if (whims.chance(1 / JOBS_A_KILL)) watcher.kill();
    if (--left === 0) void proxy.stop(); // the last answer may take its time in peace
  };
  const sender = new Sender(plan, { apiUrl, atOnce: AT_ONCE, mostUnderWay: MOST_UNDER_WAY, signal, onSend });
  every(JOURNAL_MS, () => sender.react(journal.readNew()));
  if (hasten) every(SWEEP_MS, () => void cloud.sweep().catch(() => undefined));
  every(10_000, () => left > 0 && say(`${plan.length - left} sent`));

  proxy.start();
  await sender.sendAll();
  await proxy.stop();
  signal.throwIfAborted();
  return sender;
}
