import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONTEXT, RunningCode, SOURCES } from '../../bin/local/running-code.ts';
import { hashOf, readSources } from '../../bin/local/sources-hash.ts';
import { createSteps } from '../../bin/local/steps.mjs';
import { projectFolder } from './project-folder.ts';
import { stubEmulator } from './stub-emulator.ts';

const FUNCTIONS = JSON.stringify(
  ['api', 'worker', 'bury', 'sweep'].map((entry) => ({ entry, name: `stint-${entry}`, log_group: `/${entry}` })),
);

/** A project whose stack is deployed as its files are. */
async function setup(outputs: Record<string, string> = {}) {
  const { root, write } = projectFolder();
  const hash = hashOf(readSources(root, SOURCES), CONTEXT);
  let deployed = JSON.stringify({ hash, outputs: { Functions: FUNCTIONS, ...outputs } });
  const { endpoint, calls } = await stubEmulator(({ what, input }) => {
    if (what === 'GetParameter') return { Parameter: { Value: deployed } };
    if (what === 'PutParameter') deployed = String(input.Value);
    return {};
  });
  let output = '';
  const out = { write: (text: string) => (output += text) };
  const steps = createSteps({ out, now: () => 0 });
  const { signal } = new AbortController();
  const logs = join(root, 'log');
  const code = await RunningCode.start({ root, endpoint, steps, assemblyDir: join(root, 'out'), logs, signal });
  return {
    write,
    /** What was printed, and which functions got other code. */
    catchUp: async () => {
      output = '';
      calls.length = 0;
      await code.catchUp();
      const given = calls.flatMap(({ what }) => /^PUT .*stint-(.*)\/code$/.exec(what)?.[1] ?? []);
      return { output, given };
    },
    deployed: () => JSON.parse(deployed),
    hash: () => hashOf(readSources(root, SOURCES), CONTEXT),
  };
}

test('a change is swapped into the functions that are made of the file, and a line says so', async () => {
  const { write, catchUp, deployed, hash } = await setup();

  write('lambdas/tasks.ts', 'export const tasks = [1, 2, 3];\n');

  expect(await catchUp()).toEqual({
    output: '  ✓   0.0 s  swap: lambdas/tasks.ts → api, worker\n',
    given: ['api', 'worker'],
  });
  expect(deployed()).toMatchObject({ hash: hash(), swapped: true });
  expect(await catchUp()).toEqual({ output: '', given: [] });
});

test('a file that no function is made of, or whose code stays the same, swaps nothing', async () => {
  const { write, catchUp } = await setup();
  write('lambdas/tasks.ts', 'export const tasks = [1, 2, 3];\n');
  await catchUp();

  write('lambdas/notes.ts', 'export const notes = 1;\n');
  expect(await catchUp()).toMatchObject({
    output: expect.stringContaining('notes.ts → no function changes'),
    given: [],
  });
  write('lambdas/tasks.ts', '// Three.\nexport const tasks = [1, 2, 3];\n');
  expect(await catchUp()).toMatchObject({
    output: expect.stringContaining('tasks.ts → no function changes'),
    given: [],
  });
});

test('an error in a file names file and line, changes no function, and is over with the next good state', async () => {
  const { write, catchUp, deployed } = await setup();
  const before = deployed();

  write('lambdas/bury.ts', "export const handler = () => 'other';\n");
  write('lambdas/tasks.ts', 'export const tasks = [1, 2;\n');
  expect(await catchUp()).toEqual({
    output:
      '  ✗   0.0 s  swap: lambdas/bury.ts, lambdas/tasks.ts\n' +
      '      lambdas/tasks.ts:1:27: Expected "]" but found ";"\n' +
      '        export const tasks = [1, 2;\n\n' +
      '      Until it is fixed, the code from before runs on.\n',
    given: [],
  });
  expect(deployed()).toEqual(before);

  write('lambdas/tasks.ts', 'export const tasks = [1, 2];\n');
  expect(await catchUp()).toMatchObject({ output: expect.stringContaining('lambdas/bury.ts → bury'), given: ['bury'] });
});

test('code that would break when it is loaded is not swapped in', async () => {
  const { write, catchUp } = await setup();

  write('lambdas/tasks.ts', "export const tasks = ['refuse'];\n");

  const { output, given } = await catchUp();
  expect(output).toContain('lambdas/tasks.ts:1:1: refused');
  expect(given).toEqual([]);
});

test('an error that is taken back is told to be gone', async () => {
  const { write, catchUp } = await setup();
  write('lambdas/tasks.ts', 'export const tasks = [1, 2;\n');
  await catchUp();

  write('lambdas/tasks.ts', 'export const tasks = [1, 2];\n');

  expect(await catchUp()).toEqual({ output: '  The files are again those of the code that runs.\n', given: [] });
});

test('where modules are installed beside the code, a change is deployed: a swap would leave them out', async () => {
  const { write, catchUp } = await setup({ NodeModules: 'sharp' });

  write('lambdas/tasks.ts', 'export const tasks = [1, 2, 3];\n');

  const { output, given } = await catchUp();
  expect(output).toContain('cdk deploy');
  expect(output).not.toContain('swap');
  expect(given).toEqual([]);
});
