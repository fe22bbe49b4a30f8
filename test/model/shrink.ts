import type { Episode, Step } from './steps.ts';

/**
 * The shortest episode that still fails which can be reached by leaving steps out and taking faults away.
 * @param fails runs an episode; true if it still shows the violation
 */
export async function shrink(episode: Episode, fails: (smaller: Episode) => Promise<boolean>): Promise<Episode> {
  let best = episode;
  for (let before = -1; before !== size(best); ) {
    before = size(best);
    best = await withoutSteps(best, fails);
    best = await simpler(best, fails);
  }
  return best;
}

const size = ({ steps }: Episode) => JSON.stringify(steps).length;

async function withoutSteps(episode: Episode, fails: (smaller: Episode) => Promise<boolean>): Promise<Episode> {
  let { steps } = episode;
  for (let chunk = Math.max(1, steps.length >> 1); chunk >= 1; chunk >>= 1) {
    for (let from = 0; from < steps.length; ) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + chunk)];
      if (await fails({ ...episode, steps: fewer })) steps = fewer;
      else from += chunk;
    }
  }
  return { ...episode, steps };
}

async function simpler(episode: Episode, fails: (smaller: Episode) => Promise<boolean>): Promise<Episode> {
  let { steps } = episode;
  for (let i = 0; i < steps.length; i++)
    for (const plainer of simplerSteps(steps[i] as Step)) {
      const changed = [...steps.slice(0, i), plainer, ...steps.slice(i + 1)];
      if (await fails({ ...episode, steps: changed })) {
        steps = changed;
        break;
      }
    }
  return { ...episode, steps };
}

/** The same step with less in it: each strictly shorter as JSON, so that shrinking ends. */
function simplerSteps(step: Step): Step[] {
  switch (step.do) {
    case 'enqueue':
      return [
        ...(step.how === 'plain' ? [] : [{ ...step, how: 'plain' as const }]),
        ...(step.skew < 0 ? [{ ...step, skew: 0 }] : []),
      ];
    case 'amend':
      return [
        ...(step.how.length > 5 ? [{ ...step, how: 'input' as const }] : []),
        ...(step.traits > 9 ? [{ ...step, traits: 0 }] : []),
        ...(step.skew < 0 ? [{ ...step, skew: 0 }] : []),
      ];
    case 'go on': {
      const { fault, ...plain } = step;
      return [
        ...(fault === undefined ? [] : [plain]),
        ...(fault === undefined ? [{ do: 'finish' as const, who: step.who, outcome: step.outcome }] : []),
        ...(step.who > 9 ? [{ ...step, who: 0 }] : []),
      ].filter((each) => JSON.stringify(each).length < JSON.stringify(step).length);
    }
    case 'work':
    case 'bury':
      return step.skew < 0 ? [{ ...step, skew: 0 }] : [];
    case 'time':
      return step.seconds > 66 ? [{ do: 'next' }] : [];
    default:
      return [];
  }
}
