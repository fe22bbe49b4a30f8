import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shutdownJournal } from './app/hooks.ts';
import { Journal } from './aws.ts';
import { ended, enqueue, jobThatIs, post } from './client.ts';
import { deadLetter, queueUrl, sendTogether } from './queues.ts';
import { isLocalstack } from './stack.ts';

describe.concurrent('a worker that dies', () => {
  it('killed in the middle of a job: another runs it again', async () => {
    const journal = new Journal();
    const job_id = await enqueue('risky_sleeper', { seconds: 3 }, { tags: [journal.tag] });
    const [first] = await journal.until('run');

    signalWorker(first!.pid, 'SIGKILL');
    const done = await ended(job_id);

    expect(done).toMatchObject({ status: 'complete', attempt: 2, result: { attempt: 2 } });
    expect((done.result as { pid: number }).pid).not.toBe(first!.pid);
  });

  it('loses none of the jobs that it was running', async () => {
    let together: Awaited<ReturnType<typeof crashAmongNeighbours>> = [];
    // On a busy machine the crasher can come to a worker alone: that tells nothing, so it is sent again.
    for (let tries = 0; tries < 4 && together.length < 2; tries++) together = await crashAmongNeighbours();

    expect(together.length, 'jobs of the process that crashed').toBeGreaterThan(1);
    for (const each of together) expect(each).toMatchObject({ attempt: 2, result: { attempt: 2 } });
  });

  it('in the last attempt of a job: the job ends failed, and is buried', async () => {
    const job_id = await enqueue('crasher', { crashes: 9 }, { max_attempts: 1 });
    const done = await ended(job_id);

    expect(done).toMatchObject({ status: 'failed', attempt: 1, result: null });
    expect(done.error_message).toContain('crashed');
    expect((await deadLetter(job_id)).reason).toBe(done.error_message);
  });

  it('in a job that is then aborted: no other runs it', async () => {
    const job_id = await enqueue('crasher', { crashes: 9 });
    await jobThatIs(job_id, ({ status }) => status === 'active');

    expect(await post(`/jobs/${job_id}/abort`)).toMatchObject({ status: 202, body: { status: 'aborting' } });

    expect(await ended(job_id)).toMatchObject({ status: 'aborted', attempt: 1 });
  });

  it('because a task blocks it until its time is over: another runs the job again', async () => {
    const job_id = await enqueue('blocker', {});

    expect(await ended(job_id)).toMatchObject({ status: 'complete', attempt: 2, result: { attempt: 2 } });
  });
});

describe('a worker that is told to stop', () => {
  it('runs its shutdown hooks', async () => {
    const { result } = await ended(await enqueue('risky_echo', { value: 1 }));
    const { pid } = result as { pid: number };

    signalWorker(pid, 'SIGTERM');

    expect(await new Journal(shutdownJournal(pid)).until('shutdown')).toMatchObject([
      { what: 'shutdown', startups: 1 },
    ]);
  });
});

/** Nine jobs at once, one of which kills its worker: all end complete. @returns those of the worker that was killed */
async function crashAmongNeighbours() {
  const journal = new Journal();
  const tags = [journal.tag];
  const neighbour = { task_name: 'crowded_sleeper', input: { seconds: 1.5 }, tags };
  const crasher = { task_name: 'crowded_crasher', input: { crashes: 1 }, tags };

  await sendTogether(queueUrl('crowded'), [...Array(4).fill(neighbour), crasher, ...Array(4).fill(neighbour)]);
  const firstRuns = (await journal.until('run', 9)).slice(0, 9);
  const jobs = await Promise.all(firstRuns.map(({ job_id }) => ended(job_id!)));

  expect(new Set(jobs.map(({ job_id }) => job_id)).size).toBe(9);
  expect(jobs.map(({ status }) => status)).toEqual(Array(9).fill('complete'));
  const crashed = jobs.find(({ task_name }) => task_name === 'crowded_crasher')!;
  const { pid } = firstRuns.find(({ job_id }) => job_id === crashed.job_id)!;
  return jobs.filter((_job, i) => firstRuns[i]!.pid === pid);
}

/** Signals a function's process. The emulator's run on this machine; a pid from anywhere else is somebody else's here. */
function signalWorker(pid: number, signal: 'SIGKILL' | 'SIGTERM'): void {
  const command = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  expect(command, `process ${pid}`).toContain(isLocalstack() ? 'aws-lambda-ric' : 'ministack-lambda');
  process.kill(pid, signal);
}
