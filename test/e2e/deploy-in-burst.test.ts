import { expect, it } from 'vitest';
import { isFinished, type JobRecord } from '../../lambdas/core/record.ts';
import { callLambda, functionsUrl, Journal, storedRecord } from './aws.ts';
import { enqueue, eventually } from './client.ts';
import { deadLetters } from './queues.ts';
import { stack } from './stack.ts';

const JOBS = 110;
const AT_ONCE = 4;

interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly Environment?: { readonly Variables?: Record<string, string> };
}

async function json(url: string, method?: string, body?: string): Promise<unknown> {
  const answer = await callLambda(url, method, body);
  const text = await answer.text();
  expect(answer.ok, `${url} answered ${answer.status}: ${text}`).toBe(true);
  return JSON.parse(text);
}

async function workerOf(queue: string): Promise<FunctionConfiguration> {
  const { Functions } = (await json(functionsUrl())) as { Functions: readonly FunctionConfiguration[] };
  const found = Functions.find(
    ({ FunctionName, Environment }) =>
      FunctionName.includes('Worker') &&
      Environment?.Variables?.QUEUE_NAME === queue &&
      Environment.Variables.STINT_TABLE_NAME === stack().table_name,
  );
  return found ?? expect.fail(`there is no worker of ${queue}`);
}

/** What a deploy does to a function: its configuration, then its code. Workers of the version before are told to end. */
async function deployAgain({ FunctionName, Environment }: FunctionConfiguration, version: string): Promise<void> {
  const Variables = { ...Environment?.Variables, VERSION: version };
  const body = JSON.stringify({ Environment: { Variables } });
  await json(`${functionsUrl()}/${FunctionName}/configuration`, 'PUT', body);
  const { Code } = (await json(`${functionsUrl()}/${FunctionName}`)) as { Code: { Location: string } };
  const zip = await (await fetch(Code.Location)).arrayBuffer();
  const ZipFile = Buffer.from(zip).toString('base64');
  await json(`${functionsUrl()}/${FunctionName}/code`, 'PUT', JSON.stringify({ ZipFile }));
}

type Stored = Partial<Pick<JobRecord, 'status' | 'attempt' | 'completed_at'>> & { readonly result?: { json: string } };

/** The records of jobs once all have ended: read from the table, for each long poll would be a process beside the workers. */
async function allEnded(ids: readonly string[]): Promise<readonly Stored[]> {
  const seen = new Map<string, Stored>();
  await eventually(
    async () => {
      for (const id of ids.filter((each) => !isFinished(seen.get(each)?.status ?? 'queued')))
        seen.set(id, await storedRecord(id));
      const open = [...seen.values()].filter(({ status }) => !isFinished(status ?? 'queued')).length;
      return { value: `${open} jobs open`, done: open === 0 };
    },
    'the burst',
    40_000,
  );
  return [...seen.values()];
}

/** However slow the machine, the last deploy comes when some jobs have ended and others wait. */
async function someEnded(ids: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const records = await Promise.all(ids.slice(0, 20).map((id) => storedRecord(id)));
      const ended = (records as Stored[]).filter(({ status }) => isFinished(status ?? 'queued')).length;
      return { value: `${ended} jobs ended`, done: ended > 0 };
    },
    'the first end',
    40_000,
  );
}

it('a deploy in the middle of a burst loses nothing', async () => {
  const journal = new Journal();
  const worker = await workerOf('crowded');
  const ids: string[] = [];
  const enqueueSome = async () => {
    while (ids.length < JOBS) {
      const at = ids.push('') - 1;
      ids[at] = await enqueue('crowded_sleeper', { seconds: 0.4 }, at % 20 === 0 ? { tags: [journal.tag] } : {});
    }
  };

  const burst = Promise.all(Array.from({ length: AT_ONCE }, enqueueSome));
  await journal.until('run');
  await deployAgain(worker, 'second');
  await burst;
  await someEnded(ids);
  for (let i = 0; i < 3; i++) ids.push(await enqueue('crowded_sleeper', { seconds: 0.4 }, { delay_seconds: 5 }));
  await deployAgain(worker, 'third');
  const deployed = Date.now();
  const jobs = await allEnded(ids);

  expect(jobs.filter(({ status }) => status !== 'complete')).toEqual([]);
  const pids = new Set(jobs.map(({ result }) => (JSON.parse(result?.json ?? '{}') as { pid?: number }).pid));
  expect(pids.size, 'workers of several versions').toBeGreaterThan(1);
  const times = jobs.map(({ completed_at = 0 }) => completed_at);
  expect(Math.min(...times), 'jobs ended before the last deploy').toBeLessThan(deployed);
  expect(Math.max(...times), 'jobs ended after it').toBeGreaterThan(deployed);
  const letters = await deadLetters();
  expect(letters.filter(({ body }) => ids.some((id) => body.includes(id)))).toEqual([]);
});
