import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { runFirstJob } from '../../bin/local/first-job.ts';

const queued = { status: 'queued', created_at: '2026-11-24T10:00:00.000Z' };
const active = { ...queued, status: 'active', started_at: '2026-11-24T10:00:00.140Z' };

/** An API that answers the records one after another, the last one for ever. */
async function apiWith(records: object[], trigger: [number, object] = [202, { job_id: 'j-1', status: 'queued' }]) {
  const left = [...records];
  const server = createServer((incoming, outgoing) => {
    const isTrigger = incoming.method === 'POST' && incoming.url === '/tasks/trigger-test';
    const [status, body] = isTrigger ? trigger : [200, left.length > 1 ? left.shift() : left[0]];
    incoming.resume().on('end', () => outgoing.writeHead(status).end(JSON.stringify(body)));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const apiUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return { apiUrl, pollMs: 1, withinMs: 100 };
}

test('the life of a job is told with the times of its record', async () => {
  const complete = { ...active, status: 'complete', completed_at: '2026-11-24T10:00:00.181Z', result: {} };

  const life = await runFirstJob({ ...(await apiWith([queued, active, complete])), withinMs: 10_000 });

  expect(life).toBe('queued → active (140 ms) → complete (181 ms)');
});

test.each([
  ['still queued', queued, 'Job j-1 is still queued after 0.1 s: no worker has claimed it.'],
  [
    'queued again',
    { ...queued, error_message: 'boom' },
    'Job j-1 is queued again after 0.1 s, after an attempt that failed: boom',
  ],
  ['still active', active, 'Job j-1 is still active after 0.1 s: a worker has claimed it and not finished it.'],
  ['failed', { ...active, status: 'failed', error_message: 'boom' }, 'Job j-1 ended as failed: boom'],
])('a job that is %s is told by where it stopped', async (_, record, message) => {
  await expect(runFirstJob(await apiWith([record]))).rejects.toThrow(message);
});

test('an API that refuses the job is told by its answer', async () => {
  const api = await apiWith([queued], [500, { title: 'Failed to enqueue task' }]);

  await expect(runFirstJob(api)).rejects.toThrow(/answered 500: .*Failed to enqueue task/);
});
