import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Complaint, createSteps, StepFailed } from '../../bin/local/steps.mjs';
import { tempDir } from './temp-dir.ts';

function setup(isTTY = false) {
  const written: string[] = [];
  let clock = 0;
  const out = { isTTY, write: (text: string) => written.push(text) };
  const steps = createSteps({ out, now: () => clock, cwd: '/project' });
  const pass = (millis: number) => {
    clock += millis;
  };
  return { steps, pass, text: () => written.join('') };
}

test('a step is one line with its time and its note', async () => {
  const { steps, pass, text } = setup();

  const value = await steps.run('cdk deploy', async (say) => {
    pass(5_230);
    say('3 changes');
    return 'deployed';
  });

  expect(value).toBe('deployed');
  expect(text()).toBe('  ✓   5.2 s  cdk deploy: 3 changes\n');
});

test('on a terminal the running step is drawn first, and overwritten when it ends', async () => {
  const { steps, text } = setup(true);

  await steps.run('cdk deploy', () => undefined);

  expect(text()).toBe('\r\x1b[2K  …   0.0 s  cdk deploy\r\x1b[2K  ✓   0.0 s  cdk deploy\n');
});

test('a failed step tells the error, the end of its log and what to do', async () => {
  const { steps, text } = setup();
  const log = join(tempDir(), 'npm-ci.log');
  writeFileSync(log, 'one\ntwo\nthree\n');

  const run = steps.run('packages', () => Promise.reject(new Complaint('npm ci ended with exit code 1.')), {
    log,
    logLines: 2,
    hint: 'Check the network.',
  });

  await expect(run).rejects.toThrow(StepFailed);
  expect(text()).toMatch(/✗ {3}0\.0 s {2}packages\n {6}npm ci ended with exit code 1\.\n/);
  expect(text()).toMatch(/npm-ci\.log:\n {6}\| two\n {6}\| three\n\n {6}Check the network\.\n$/);
  expect(text()).not.toContain('one');
});

test('a failed step whose log is empty shows none', async () => {
  const { steps, text } = setup();
  const log = join(tempDir(), 'functions.log');
  writeFileSync(log, '');

  const failing = steps.run('first job', () => Promise.reject(new Complaint('It answered 404.')), { log });

  await expect(failing).rejects.toThrow(StepFailed);
  expect(text()).not.toContain('functions.log');
});

test('a step that was interrupted says only that', async () => {
  const { steps, text } = setup();
  const controller = new AbortController();

  const run = steps.run(
    'cdk deploy',
    () => {
      controller.abort();
      throw new Error('ended with signal SIGTERM');
    },
    { signal: controller.signal, hint: 'Try again.' },
  );

  await expect(run).rejects.toThrow(StepFailed);
  expect(text()).toBe('  ✗   0.0 s  cdk deploy: interrupted\n');
});
