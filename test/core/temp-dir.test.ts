import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { removeLeftOver, tempDir } from '../../lambdas/core/temp-dir.ts';
import { world } from '../../testing/world.ts';
import { makeTempDir } from '../bin/temp-dir.ts';

let root: string;
let remove: () => void;
beforeEach(() => {
  ({ dir: root, remove } = makeTempDir());
  vi.stubEnv('TMPDIR', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  remove();
});

const inSandbox = (path: string) => path.startsWith(join(root, 'stint-attempts', `${process.pid}`));

test('is one folder for all of an attempt, which nobody else may look into', () => {
  const dir = tempDir('job-1');
  const path = dir.path();

  expect(inSandbox(path)).toBe(true);
  expect(path).toContain('job-1');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(dir.path()).toBe(path);
  expect(tempDir('job-1').path()).not.toBe(path);
});

test('nothing is made for an attempt that asks for none', () => {
  tempDir('job-1').remove();
  expect(existsSync(join(root, 'stint-attempts'))).toBe(false);
});

test('what asks for it after the end of its attempt is refused, rather than given what nobody removes', () => {
  const dir = tempDir('job-1');
  const path = dir.path();
  dir.remove();
  expect(existsSync(path)).toBe(false);
  expect(() => dir.path()).toThrow('The attempt is over');
});

test('a name cannot lead out of the folder', () => {
  expect(inSandbox(tempDir('../../etc').path())).toBe(true);
});

test('what processes that are gone left behind is removed at a start; what belongs to one that lives stays', () => {
  const own = tempDir('of-a-process-with-this-id-before').path();
  const folderOf = (pid: number) => join(root, 'stint-attempts', String(pid));
  const gone = 2 ** 22 + 1; // above the largest process id
  for (const pid of [gone, process.ppid]) mkdirSync(folderOf(pid), { recursive: true });
  writeFileSync(join(folderOf(gone), 'secret'), '');

  removeLeftOver();

  expect([own, folderOf(gone), folderOf(process.ppid)].map(existsSync)).toEqual([false, false, true]);
});

const ENDS = ['returns', 'throws', 'gives a wrong result', 'runs out of time'] as const;

/** Writes into its folder, then ends in one way or another. */
function scribbler(folders: string[]) {
  return defineTask({
    name: 'scribbler',
    input: z.strictObject({ end: z.enum(ENDS) }),
    output: z.object({ before: z.boolean() }),
    maxAttempts: 2,
    timeoutSeconds: 5,
    run: async (ctx: TaskContext, { end }) => {
      const before = folders.some(existsSync);
      const folder = ctx.tempDir();
      folders.push(folder);
      writeFileSync(join(folder, 'page.pdf'), 'of a customer');
      if (end === 'throws') throw new Error('no');
      if (end === 'gives a wrong result') return { before: 'no' as unknown as boolean };
      if (end === 'runs out of time') await new Promise(() => undefined);
      return { before };
    },
  });
}

test.each(ENDS)('a job that %s leaves nothing of its files to the next in the same sandbox', async (end) => {
  const folders: string[] = [];
  const w = world({ tasks: [scribbler(folders)] });
  await enqueue(w.engine, 'scribbler', { end });
  await w.settle();
  const { jobId } = await enqueue(w.engine, 'scribbler', { end: 'returns' });
  await w.settle();

  expect(folders.length).toBeGreaterThan(1);
  expect(folders.filter(existsSync)).toEqual([]);
  expect(new Set(folders).size).toBe(folders.length);
  expect(await w.record(jobId)).toMatchObject({ status: 'complete', result: { json: '{"before":false}' } });
});

test('the hooks of an attempt still see its files', async () => {
  const folders: string[] = [];
  const seen: boolean[] = [];
  const hooks = { afterProcess: () => void seen.push(folders.every(existsSync)) };
  const w = world({ tasks: [scribbler(folders)], hooks });
  await enqueue(w.engine, 'scribbler', { end: 'returns' });
  await w.settle();
  expect(seen).toEqual([true]);
  expect(folders.filter(existsSync)).toEqual([]);
});
