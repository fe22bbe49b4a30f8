import type { Transition } from '../../lambdas/core/transition.ts';
import type { Records } from '../world/world.ts';
import { Cloud } from './cloud.ts';
import type { Episode, Step } from './steps.ts';

export interface EpisodeOptions {
  readonly traced?: boolean;
  readonly records?: Records;
  readonly mutated?: (transition: Transition) => Transition;
  readonly count?: (what: string) => void;
}

export interface EpisodeEnd {
  /** The first thing that must not be. */
  readonly violation: string | undefined;
  /** Random steps that did something. */
  readonly steps: number;
  /** What the fault-free end took. */
  readonly drained: number;
  readonly trace: readonly string[];
}

/** Runs one episode: its steps, what must hold checked after each, then a fault-free end. */
export async function runEpisode({ setting, steps }: Episode, options: EpisodeOptions = {}): Promise<EpisodeEnd> {
  const cloud = new Cloud({ setting, ...options });
  let taken = 0;
  for (const step of steps) {
    taken += Number(await take(cloud, step));
    await cloud.settle();
    cloud.evidence.check();
    if (cloud.evidence.violation !== undefined) break;
  }
  const drained = cloud.evidence.violation === undefined ? await cloud.drain() : 0;
  if (cloud.evidence.violation === undefined && options.records !== undefined) await cloud.checkMirror();
  return { violation: cloud.evidence.violation, steps: taken, drained, trace: cloud.trace };
}

function take(cloud: Cloud, step: Step): boolean | number | Promise<boolean | number> {
  switch (step.do) {
    case 'enqueue':
      return cloud.enqueue(step.how, step.task, step.traits, step.skew);
    case 'foreign':
      return cloud.foreign(step.task, step.traits);
    case 'abort':
      return cloud.abort(step.job, step.skew);
    case 'retry':
      return cloud.retry(step.job, step.skew);
    case 'amend':
      return cloud.amend(step.job, step.how, step.traits, step.skew);
    case 'work':
      return cloud.work(step.count, step.pick, step.again, step.skew);
    case 'bury':
      return cloud.bury(step.count, step.pick, step.again, step.skew);
    case 'sweep':
      return cloud.sweep(step.skew);
    case 'lose':
      return cloud.lose(step.pick);
    case 'go on':
      return cloud.goOn(step.who, step.fault, step.outcome);
    case 'finish':
      return cloud.finish(step.who, step.outcome);
    case 'serve':
      return cloud.serve(step.outcome, step.skew);
    case 'hold':
      return cloud.hold(step.who);
    case 'let go':
      return cloud.letGo(step.who);
    case 'kill':
      return cloud.kill(step.who);
    case 'suspend':
      return cloud.suspend(step.who);
    case 'resume':
      return cloud.resume(step.who);
    case 'time':
      return cloud.time(step.seconds);
    case 'next':
      return cloud.next();
    case 'copy':
      return cloud.copy(step.message, step.seconds);
    case 'redrive':
      return cloud.redrive(step.message, step.queue, step.twice);
    case 'ttl':
      return cloud.ttl();
    case 'damage':
      return cloud.damage(step.job, step.how);
  }
}
