import { expect, test } from 'vitest';
import { runChaos } from './chaos.ts';
import { isClean, offencesOf, tableOf } from './report.ts';

/** Another one each time: a failure names it, and `npm run chaos -- --jobs 500 --hasten --seed N` runs it again. */
const seed = Math.floor(Math.random() * 2 ** 31);

test('500 jobs keep every promise while processes die and calls fail', { timeout: 240_000 }, async ({ signal }) => {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);

  const report = await runChaos({ jobs: 500, seed, hasten: true, drainMs: 60_000, signal, say });

  const story = () => [`seed ${seed}`, ...said, tableOf(report), offencesOf(report)].join('\n');
  expect(isClean(report), isClean(report) ? '' : story()).toBe(true);
  // It did happen: without faults, kills and jobs of every fate the zeros would say nothing.
  const { complete, failed, aborted, cutOff } = report.figures;
  expect(Math.min(complete, failed, aborted, cutOff, ...Object.values(report.faults)), story()).toBeGreaterThan(0);
  expect(complete, story()).toBeGreaterThan(300);
});
