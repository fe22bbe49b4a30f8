import type { JobOnTheWire } from '../lambdas/http/wire/answers.ts';
import type { View } from './view.ts';

/** Some of a value, at any depth. */
export type PartOf<T> = T extends readonly (infer Each)[]
  ? readonly PartOf<Each>[]
  : T extends object
    ? { readonly [K in keyof T]?: PartOf<T[K]> }
    : T;

/**
 * The first job of that task whose input has at least what is asked for.
 * @throws Error that lists the jobs there are
 */
export function findEnqueued(enqueued: ReturnType<View['enqueued']>, taskName: string, part: unknown): JobOnTheWire {
  const found = enqueued.find(({ job, input }) => job.task_name === taskName && holdsPart(input, part));
  if (found !== undefined) return found.job;
  const asked = part === undefined ? '' : ` with ${JSON.stringify(part)}`;
  const there = enqueued.map(({ job }) => `\n  ${job.task_name} ${JSON.stringify(job.input)}, ${job.status}`);
  const list = there.length === 0 ? 'Nothing was.' : `These were:${there.join('')}`;
  throw new Error(`No job of '${taskName}'${asked} was enqueued. ${list}`);
}

/** Whether a JSON value has at least what `part` has. Arrays are as long as asked for. */
function holdsPart(value: unknown, part: unknown): boolean {
  if (part === undefined) return true;
  if (typeof part !== 'object' || part === null) return Object.is(value, part);
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(part)) return false;
  if (Array.isArray(part) && part.length !== (value as unknown[]).length) return false;
  return Object.entries(part).every(([key, each]) => holdsPart((value as Record<string, unknown>)[key], each));
}
