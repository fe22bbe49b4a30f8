import type { AmendName, EnqueueName, Episode, FaultName, OutcomeName, Setting, Step } from './steps.ts';

/**
 * Episodes by hand, for what random ones seldom reach: long lives of zombies, runs of one key that overlap, messages older than
 * 14 days. Tried first, for each mutant and by the model itself.
 */
const enqueue = (how: EnqueueName, task = 0, traits = 2): Step => ({ do: 'enqueue', how, task, traits, skew: 0 });
const finish = (outcome: OutcomeName = 'return', who = 0): Step => ({ do: 'finish', who, outcome });
/** Goes on with the oldest call that waits, or with the task. */
const go = (outcome: OutcomeName = 'return', who = 0): Step => ({ do: 'go on', who, outcome });
const fault = (name: FaultName, who = 0): Step => ({ do: 'go on', who, fault: name, outcome: 'return' });
const serve = (outcome: OutcomeName = 'return'): Step => ({ do: 'serve', outcome, skew: 0 });
const work = (skew = 0, again = false): Step => ({ do: 'work', count: 1, pick: 0, again, skew });
const workOther = (again = false): Step => ({ do: 'work', count: 1, pick: 1, again, skew: 0 });
const bury: Step = { do: 'bury', count: 1, pick: 0, again: false, skew: 0 };
const sweep: Step = { do: 'sweep', skew: 0 };
const time = (seconds: number): Step => ({ do: 'time', seconds });
const lose: Step = { do: 'lose', pick: 0 };
const kill: Step = { do: 'kill', who: 0 };
const letGo: Step = { do: 'let go', who: 0 };
const abort: Step = { do: 'abort', job: 0, skew: 0 };
const retry: Step = { do: 'retry', job: 0, skew: 0 };
const amend = (how: AmendName, skew = 0, traits = 0): Step => ({ do: 'amend', job: 0, how, traits, skew });
const suspend: Step = { do: 'suspend', who: 0 };
const resume: Step = { do: 'resume', who: 0 };
const redrive = (queue = 0) => ({ do: 'redrive', message: 0, queue, twice: false }) as const satisfies Step;
const copy: Step = { do: 'copy', message: 0, seconds: 0 };

const usual: Setting = { maxReceiveCount: 100, buryReceiveCount: 1_000, skewSeconds: 0 };
const slow = (name: string): Setting => ({ ...usual, slow: name });
/** Each message is moved on after one receive. */
const fewReceives: Setting = { maxReceiveCount: 1, buryReceiveCount: 1, skewSeconds: 0 };

/** A job that waits, its message sent. */
const waiting = (how: EnqueueName = 'plain', task = 0): Step[] => [enqueue(how, task), finish()];
/** An attempt that begins, and whose process is killed; its lease runs out. */
const crashed: Step[] = [work(), go(), kill, time(72)];
/** What is received is lost: from its queue by way of `undeliverable` to `dead-letters`, in two visibility timeouts. */
const lost: Step[] = [lose, time(66), lose, lose, time(66), lose];
/** The attempt that runs is told to abort, and reads it by its heartbeat. */
const toldToAbort: Step[] = [abort, finish('return', 1), time(3), go('return', 1)];

const DAY = 86_400;
const episode = (setting: Setting, ...steps: Step[]): Episode => ({ setting, steps });

/** An attempt ends a moment before its invocation does; by another machine's clock its lease has run out already. */
const overtaken = (name: string, outcome: OutcomeName): Episode =>
  episode(
    { ...slow(name), skewSeconds: 2.5 },
    ...waiting(),
    ...[work(-2), go(), go(outcome), time(57), work(2, true), go(), letGo, go(), go('return', 1)],
  );

/** The write of an attempt comes when another has begun. */
const zombie = (name: string, outcome: OutcomeName): Episode =>
  episode(slow(name), ...waiting(), work(), go(), go(outcome), time(66), work(), go(), letGo, go());

/** A change comes when its key has begun another run. */
const overtakenByKey = (name: string, how: AmendName): Episode =>
  episode(slow(name), ...waiting('key'), amend(how), finish(), serve(), enqueue('key'), finish(), letGo, go());

/** The reply to a change is lost, and its call made again when an attempt has ended. */
const goneOn = (how: AmendName, outcome: OutcomeName): Episode =>
  episode(
    usual,
    ...[...waiting(), amend(how), go(), fault('retried later'), suspend],
    ...[time(66), sweep, finish(), serve(outcome), serve(outcome), resume, finish()],
  );

export const SCENARIOS: readonly Episode[] = [
  // Runs of one key
  episode(
    usual,
    ...waiting('key'),
    serve(),
    enqueue('key'),
    go(),
    fault('retried later'),
    { ...abort, job: 1 },
    finish('return', 1),
    go(),
  ),
  episode(
    slow('claim redriven'),
    ...waiting('key'),
    serve('give up'),
    redrive(),
    work(),
    go(),
    enqueue('key'),
    finish(),
    serve('give up'),
    letGo,
    go(),
  ),
  episode(
    slow('retry by hand'),
    ...waiting('key'),
    serve('give up'),
    retry,
    go(),
    enqueue('key'),
    finish(),
    serve('give up'),
    letGo,
    go(),
  ),
  episode(
    fewReceives,
    ...waiting('key'),
    copy,
    serve(),
    lose,
    time(66),
    enqueue('key'),
    finish(),
    work(),
    bury,
    finish('return', 1),
  ),
  episode(usual, ...waiting('key'), serve('give up'), enqueue('key'), finish(), serve('give up')),
  episode(
    slow('reuse key'),
    ...[...waiting('key'), serve(), enqueue('both keys'), go(), enqueue('both keys'), go(), letGo],
    ...([
      go(),
      { ...abort, job: 1 },
      finish('return', 2),
      { do: 'finish', who: 0, outcome: 'return' },
      finish(),
    ] as Step[]),
  ),
  // Retries by hand
  episode(
    slow('retry by hand'),
    ...waiting(),
    serve('give up'),
    retry,
    go(),
    retry,
    finish(),
    serve('give up'),
    letGo,
    go(),
  ),
  episode(usual, ...waiting('later'), { ...abort, job: 1 }, finish(), retry, finish()),
  episode(usual, ...waiting(), serve('give up'), retry, finish(), serve('give up'), retry, finish(), serve('give up')),
  // Changes by hand
  overtakenByKey('reschedule', 'now'),
  overtakenByKey('amend input', 'input'),
  // Two changes that leave the time as it was, between the sweep's look and its write
  episode(
    slow('sweep done'),
    ...[...waiting('later'), time(1_095), amend('input'), go(), suspend, amend('input'), suspend, time(72)],
    ...[sweep, finish(), resume, finish(), resume, finish(), letGo, go()],
  ),
  // The reply to a change is lost, and the SDK asks again when the job has gone on
  goneOn('now', 'return'),
  goneOn('input', 'return'),
  goneOn('input', 'throw'),
  // A change is refused, and then its slower copy lands, for the job waits again
  {
    setting: { maxReceiveCount: 2, buryReceiveCount: 1000, skewSeconds: 2.5 },
    steps: [
      { do: 'enqueue', how: 'plain', task: 0, traits: 8, skew: 2 },
      { do: 'serve', outcome: 'throw', skew: 2 },
      { do: 'work', count: 1, pick: 6, again: false, skew: 0 },
      { do: 'abort', job: 9, skew: 0 },
      { do: 'amend', job: 3, how: 'later', traits: 0, skew: 1 },
      { do: 'hold', who: 7 },
      { do: 'go on', who: 1, outcome: 'throw' },
      { do: 'go on', who: 8, outcome: 'enqueue a child' },
      { do: 'go on', who: 0, fault: 'echo', outcome: 'throw' },
      { do: 'finish', who: 3, outcome: 'throw' },
      { do: 'serve', outcome: 'throw', skew: 0 },
    ],
  },
  // Of two large inputs at once the loser is not written
  episode(
    usual,
    ...[...waiting(), amend('input', 0, 6), go(), go(), amend('input', 0, 6), go('return', 1), go('return', 1)],
    ...([{ do: 'kill', who: 1 }, finish(), serve(), serve()] as Step[]),
  ),
  // Zombies
  zombie('complete', 'return'),
  zombie('fail', 'give up'),
  zombie('retry', 'throw'),
  zombie('retry by sweep', 'retry after 20 min'),
  zombie('cancel own', 'cancel'),
  overtaken('complete', 'return'),
  overtaken('fail', 'give up'),
  overtaken('retry', 'throw'),
  overtaken('cancel own', 'cancel'),
  episode(
    { ...usual, skewSeconds: 2.5 },
    ...waiting(),
    work(-2),
    time(30),
    go(),
    time(27),
    work(2, true),
    go('return', 2),
    go('return', 1),
    go('return', 2),
  ),
  // Aborts
  episode(usual, enqueue('plain', 0, 0), finish(), work(), go(), ...toldToAbort, fault('retried')),
  episode(
    slow('abort own'),
    ...[enqueue('plain', 0, 0), finish(), work(), go(), ...toldToAbort, time(66), work(), finish(), go()],
    ...[retry, finish(), work(), go(), abort, finish('return', 1), letGo, go()],
  ),
  episode(
    slow('fail exhausted'),
    ...waiting(),
    ...crashed,
    ...crashed,
    work(),
    go(),
    abort,
    finish(),
    letGo,
    go(),
    go(),
  ),
  // Redrives
  episode(
    slow('claim redriven'),
    ...[...waiting(), serve('give up'), { ...redrive(), twice: true }, redrive()],
    ...[work(), go(), serve('give up'), letGo, go()],
  ),
  // Undeliverable, and what is old
  episode(fewReceives, ...waiting(), serve('give up'), redrive(), lose, time(66), lose, bury, finish()),
  episode(fewReceives, ...waiting(), ...lost, sweep, finish()),
  episode(
    fewReceives,
    enqueue('plain', 0),
    go(),
    fault('throttled'),
    ...lost,
    time(13 * DAY),
    redrive(),
    ...lost,
    time(2 * DAY),
    redrive(),
    serve(),
  ),
  episode(
    fewReceives,
    enqueue('plain', 0),
    go(),
    fault('throttled'),
    ...lost,
    time(13 * DAY),
    redrive(),
    ...lost,
    time(2 * DAY),
    redrive(),
    lose,
    time(66),
    lose,
    bury,
    finish(),
  ),
  episode(
    fewReceives,
    ...waiting('plain', 1),
    copy,
    workOther(),
    finish(),
    go(),
    ...lost,
    time(13 * DAY),
    redrive(1),
    ...lost,
    time(3 * DAY),
    { do: 'ttl' },
    redrive(1),
    serve(),
  ),
  episode(
    usual,
    ...waiting('idempotency key', 1),
    serve(),
    time(2 * DAY),
    enqueue('idempotency key', 1),
    go(),
    fault('throttled'),
    serve(),
  ),
  episode(usual, enqueue('plain'), go(), fault('throttled'), serve()),
  // A key whose record has expired: the new message comes twice, before and after the new record
  episode(
    usual,
    ...[
      ...waiting('idempotency key', 1),
      serve(),
      time(2 * DAY),
      enqueue('idempotency key', 1),
      go(),
      workOther(),
      go(),
    ],
    ...[workOther(true), go(), go(), go(), go()],
  ),
];
