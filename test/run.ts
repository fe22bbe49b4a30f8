// `npm test`: type check, lint and every test, each whatever became of the others. The last line counts them.
// Arguments go to vitest, which then runs alone: `npm test -- test/core`.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listenForInterruption } from '../bin/local/interruption.ts';
import { runLogged, signalGroup } from '../bin/local/run-logged.mjs';
import { createSteps, StepFailed } from '../bin/local/steps.mjs';
import { addCounts, type Counts, countTests } from './count-tests.ts';

const root = dirname(import.meta.dirname);
const bin = join(root, 'node_modules', '.bin');
/** The temporary folder of all that runs here, so that nothing is left in the system's when it is ended midway. */
const dir = mkdtempSync(join(tmpdir(), 'stint-test-'));
const steps = createSteps({ cwd: root });
const interruption = listenForInterruption();

/** A check that is one command counts as one test. */
async function check(label: string, command: string, ...args: string[]): Promise<Counts> {
  const log = join(root, '.local', 'log', `${command}.log`);
  const options = { log, cwd: root, env: process.env, signal: interruption.signal };
  try {
    await steps.run(label, () => runLogged(join(bin, command), args, options), { ...options, logLines: 200 });
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { passed: 0, failed: 1 };
  }
}

/** Counted from its JSON report. @param output where its own output goes */
async function vitest(name: string, args: readonly string[], output: 'inherit' | number = 'inherit'): Promise<Counts> {
  if (interruption.signal.aborted) return { passed: 0, failed: 0 };
  const report = join(dir, `${name}.json`);
  const flags = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // A group of its own, so that none of its workers is left when it is ended.
  const child = spawn(join(bin, 'vitest'), ['run', ...flags, ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: dir, ...(!process.stdout.isTTY && { NO_COLOR: '1' }) },
    stdio: ['ignore', output, output],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('vitest cannot be started.');
  interruption.signal.addEventListener('abort', () => signalGroup(pid, 'SIGTERM'));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  signalGroup(pid, 'SIGKILL');
  return countTests(readReport(report), code === 0);
}

/**
 * Tests of the deployed stack mostly wait, so all others run beside them. What they say is shown when the others have ended. A third
 * run beside these would be faster, and on two cores lets now and then a test wait too long.
 */
async function everyTest(): Promise<Counts> {
  const log = join(root, '.local', 'log', 'stack.log');
  mkdirSync(dirname(log), { recursive: true });
  const counts = await Promise.all([
    vitest('others', ['--project=unit', '--project=contract', '--project=chaos', '--project=local-cloud']),
    vitest('stack', ['--project=e2e'], openSync(log, 'w')),
  ]);
  process.stdout.write(readFileSync(log));
  return counts.reduce(addCounts);
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // It ended before it could report: countTests makes that a failure.
  }
}

const args = process.argv.slice(2);
try {
  const { passed, failed } =
    args.length > 0
      ? await vitest('chosen', args)
      : [
          await check('type check', 'tsc', '--noEmit'),
          await check('type check of the page of stint ui', 'tsc', '--noEmit', '-p', 'bin/ui/page'),
          await check('lint', 'biome', 'check'),
          await everyTest(),
        ].reduce(addCounts);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = interruption.signal.aborted ? interruption.exitCode() : Math.min(failed, 1);
} finally {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
