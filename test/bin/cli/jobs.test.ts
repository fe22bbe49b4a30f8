import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hang, loseAnswer, setup } from '../../client/setup.ts';
import { waitUntil } from '../processes.ts';
import { tempDir } from '../temp-dir.ts';
import { jsonLines, startStint, stint } from './stint.ts';

const NO_JOB = '00000000-0000-7000-8000-ffffffffffff';

const NEXT_YEAR = new Date().getUTCFullYear() + 1;

describe('enqueue', () => {
  it('prints the id of the job alone, which wait takes, and prints its result', async () => {
    const { url } = await setup();

    const enqueued = await stint(['enqueue', 'double', '--input', '{"number": 21}'], { url });
    const id = enqueued.out.trim();
    const waited = await stint(['wait', id], { url });

    expect(enqueued).toMatchObject({ code: 0, err: '' });
    expect(waited).toMatchObject({
      code: 0,
      err: expect.stringMatching(new RegExp(`^${id} complete after [\\d.]+ s\n$`)),
    });
    expect(JSON.parse(waited.out)).toEqual({ number: 42 });
  });

  it('takes its input from a file or from standard input, and needs none', async () => {
    const { url, client } = await setup();
    const file = join(tempDir(), 'input.json');
    writeFileSync(file, '{"number": 1}');

    const jobs = [
      await stint(['enqueue', 'double', '-i', `@${file}`], { url }),
      await stint(['enqueue', 'double', '-i', '-'], { url, stdin: '{"number": 2}' }),
      await stint(['enqueue', 'poc_test_task'], { url }),
    ];

    const inputs = await Promise.all(jobs.map(async ({ out }) => (await client.get(out.trim())).input));
    expect(inputs).toEqual([{ number: 1 }, { number: 2 }, {}]);
  });

  it('passes every option on', async () => {
    const { url, client, worker } = await setup();
    worker.paused = true;
    const at = `${NEXT_YEAR}-11-30T09:00:00Z`;
    const options = [
      '--user',
      'ada',
      '--project',
      'p',
      '--key',
      'k',
      '--tag',
      'a',
      '--tag',
      'b',
      '--max-attempts',
      '7',
    ];

    const { out } = await stint(['enqueue', 'double', '-i', '{"number":1}', ...options, '--at', at, '--json'], { url });
    const [enqueued] = jsonLines(out);

    expect(enqueued).toMatchObject({ task_name: 'double', status: 'queued', deduplicated: false });
    expect(await client.get(String(enqueued?.job_id))).toMatchObject({
      user_id: 'ada',
      project_id: 'p',
      key: 'k',
      tags: ['a', 'b'],
      max_attempts: 7,
      scheduled_at: `${NEXT_YEAR}-11-30T09:00:00.000Z`,
    });
  });

  it('makes one job under one idempotency key', async () => {
    const { url } = await setup();
    const command = ['enqueue', 'double', '-i', '{"number":1}', '--delay', '1h', '--idempotency-key', 'order-42'];

    const [first, second] = [await stint(command, { url }), await stint(command, { url })];

    expect(second.out).toBe(first.out);
    expect(second.err).toContain('there already');
  });

  it('waits for the end with --wait, and ends with 3 when the job fails', async () => {
    const { url } = await setup();

    const complete = await stint(['enqueue', 'double', '-i', '{"number":2}', '--wait'], { url });
    const failed = await stint(['enqueue', 'hopeless', '--wait'], { url });

    expect(complete).toMatchObject({ code: 0, out: '{\n  "number": 4\n}\n' });
    expect(failed).toMatchObject({ code: 3, out: '', err: expect.stringContaining('failed after') });
    expect(failed.err).toContain('no paper left');
  });

  it.each([
    [['enqueue'], 2, /Name the task: stint enqueue TASK/],
    [['enqueue', 'double', '-i', '{number: 1}'], 2, /--input is no JSON: .* Quote it for the shell/],
    [['enqueue', 'double', '-i', '@/no/such/file'], 2, /\/no\/such\/file cannot be read/],
    [['enqueue', 'double', '-i', '{"number":"1"}'], 2, /input\.number|number/],
    [['enqueue', 'dubble', '-i', '{}'], 4, /There is no task 'dubble'/],
    [['enqueue', 'double', '--delay', 'soon'], 2, /Say a duration: 90s, 5m, 2h or 1d/],
    [['enqueue', 'double', '--at', '2026-11-30'], 2, /Say a time with its offset/],
    [['enqueue', 'double', '--max-attempts', '51'], 2, /from 1 to 50/],
    [['enqueue', '--lines', '-', '--wait'], 2, /--lines goes without --input, --wait and --key/],
    [['enqueue', ''], 2, /Name the task/],
    [['enqueue', 'double', '--timeout', '3s'], 2, /--timeout is for --wait/],
    [['enqueue', '--lines', '/'], 2, /\/ is a folder: name a file/],
    [['enqueue', '--lines', '/no/such/file'], 2, /\/no\/such\/file cannot be read/],
    [
      ['enqueue', 'double', '--inptu', '{}'],
      2,
      /unknown option '--inptu'\n\(Did you mean --input\?\)[\s\S]*See: stint enqueue --help/,
    ],
  ])('%j ends with %i, and says what to do', async (command, code, says) => {
    const { url } = await setup();
    const ended = await stint(command, { url });
    expect(ended).toMatchObject({ code, out: '', err: expect.stringMatching(says) });
  });
});

describe('enqueue --lines', () => {
  it('enqueues each line by itself, and tells of those that are refused by their numbers', async () => {
    const { url, client } = await setup();
    const stdin = '{"number":1}\n\n{"number":"two"}\nnothing\n{"number":3}';

    const { code, out, err } = await stint(['enqueue', 'double', '--lines', '-', '--tag', 'batch'], { url, stdin });

    const ids = out.trim().split('\n');
    expect(code).toBe(1);
    expect(err).toMatch(/^line 3: .*number[\s\S]*^line 4: no JSON[\s\S]*^2 jobs enqueued, 2 lines refused\.$/m);
    const jobs = await Promise.all(ids.map((id) => client.get(id)));
    expect(jobs.map(({ input }) => input)).toEqual([{ number: 1 }, { number: 3 }]);
    expect(jobs.map(({ tags }) => tags)).toEqual([['batch'], ['batch']]);
  });

  it('takes entries of any task, with their options', async () => {
    const { url, client } = await setup();
    const entries = [
      { task_name: 'double', input: { number: 1 }, user_id: 'ada', scheduled_at: `${NEXT_YEAR}-12-01T00:00:00Z` },
      { task_name: 'poc_test_task', input: {} },
      { input: {} },
      { task_name: 'double', input: { number: 1 }, usr_id: 'ada' },
    ];
    const stdin = entries.map((entry) => JSON.stringify(entry)).join('\n');

    const { code, out } = await stint(['enqueue', '--lines', '-', '--json'], { url, stdin });

    const rows = jsonLines(out);
    expect(code).toBe(1);
    expect(rows).toMatchObject([
      { line: 1, status: 'queued', task_name: 'double' },
      { line: 2, status: 'queued', task_name: 'poc_test_task' },
      { line: 3, error: expect.stringContaining('task_name') },
      { line: 4, error: expect.stringContaining('usr_id') },
    ]);
    expect(await client.get(String(rows[0]?.job_id))).toMatchObject({
      user_id: 'ada',
      scheduled_at: `${NEXT_YEAR}-12-01T00:00:00.000Z`,
    });
  });

  it('sent again under its idempotency key, makes no second job of thousands', async () => {
    const { url, requests, worker } = await setup();
    worker.paused = true;
    const file = join(tempDir(), 'jobs.jsonl');
    writeFileSync(file, Array.from({ length: 2_500 }, (_, number) => JSON.stringify({ number })).join('\n'));
    const command = ['enqueue', 'double', '--lines', file, '--idempotency-key', 'import-1'];

    const first = await stint(command, { url });
    const second = await stint(command, { url });

    expect(first).toMatchObject({ code: 0, err: '2,500 jobs enqueued.\n' });
    expect(new Set(first.out.trim().split('\n')).size).toBe(2_500);
    expect(second.out).toBe(first.out);
    expect(requests).toHaveLength(6);
  });
});

describe('enqueue --lines that is broken off', () => {
  const stdin = Array.from({ length: 10 }, (_, number) => JSON.stringify({ number })).join('\n');
  const keyIn = (err: string) => /run it again with --idempotency-key (\S+)$/m.exec(err)?.[1] ?? '';

  it('by a network that fails, says how to go on without making a job twice', async () => {
    const { url, client, worker, interfere } = await setup();
    worker.paused = true;
    interfere(...Array.from({ length: 4 }, () => loseAnswer));

    const first = await stint(['enqueue', 'double', '--lines', '-'], { url, stdin });
    const second = await stint(['enqueue', 'double', '--lines', '-', '--idempotency-key', keyIn(first.err)], {
      url,
      stdin,
    });

    expect(first).toMatchObject({ code: 6, out: '', err: expect.stringContaining('0 jobs enqueued for sure') });
    expect(second).toMatchObject({ code: 0, err: '10 jobs enqueued.\n' });
    const { jobs } = await client.list({ taskName: 'double' }, { pageSize: 100 }).page();
    expect(jobs).toHaveLength(10);
  });

  it('by Ctrl-C, too', async () => {
    const { url, interfere, requests } = await setup();
    interfere(hang);
    const { child, ended } = startStint(['enqueue', 'double', '--lines', '-'], { url });
    child.stdin.end(stdin);

    await waitUntil(() => requests.length > 0, 10_000);
    child.kill('SIGINT');

    const { code, err } = await ended;
    expect(code).toBe(130);
    expect(keyIn(err)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('get, wait', () => {
  it('shows a job as a person reads it, or as the API has it', async () => {
    const { url, client } = await setup();
    const { job_id } = await (await client.enqueue('hopeless', {}, { userId: 'ada' })).wait();

    const [read, json] = [await stint(['get', job_id], { url }), await stint(['get', job_id, '--json'], { url })];

    expect(read.out).toMatch(/^status +failed$/m);
    expect(read.out).toMatch(/^user +ada$/m);
    expect(read.out).toMatch(/^error +no paper left$/m);
    expect(jsonLines(json.out)).toEqual([await client.get(job_id)]);
  });

  it('does not let the text of a job steer the terminal', async () => {
    const { url, client } = await setup();
    const { job_id } = await client.enqueue('poc_test_task', { message: 'a\u009b2J\u001b[31mb' });

    const { out } = await stint(['get', job_id], { url });

    expect(out).toContain('"message": "a\ufffd2J\\u001b[31mb"');
    expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it('waits for several, a line each', async () => {
    const { url, client } = await setup();
    const jobs = [await client.enqueue('double', { number: 1 }), await client.enqueue('hopeless', {})];

    const { code, out } = await stint(['wait', ...jobs.map(({ job_id }) => job_id)], { url });

    expect(code).toBe(3);
    expect(out).toBe(`${jobs[0]?.job_id}  complete\n${jobs[1]?.job_id}  failed    no paper left\n`);
  });

  it('ends with 7 when the time is up', async () => {
    const { url, client, worker } = await setup();
    worker.paused = true;
    const { job_id } = await client.enqueue('double', { number: 1 });

    const ended = await stint(['wait', job_id, job_id, '--timeout', '0.3s'], { url });

    const err = `stint: Job ${job_id} has not ended within 0.3 s. It goes on.\n`;
    expect(ended).toEqual({ code: 7, out: '', err });
  });

  it.each(['get', 'wait', 'logs', 'abort', 'retry', 'redrive'])(
    '%s of an empty id says what is missing',
    async (command) => {
      const { url, requests } = await setup();

      const ended = await stint([command, ''], { url });

      expect(ended).toMatchObject({
        code: 2,
        err: expect.stringContaining('Say the id of a job, as enqueue printed it.'),
      });
      expect(requests).toEqual([]);
    },
  );

  it.each(['get', 'wait', 'abort', 'retry'])('%s of an unknown job ends with 4', async (command) => {
    const { url } = await setup();
    expect(await stint([command, NO_JOB], { url })).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/job/),
    });
  });
});

describe('list', () => {
  it('shows the newest jobs in a table, and says that there are more', async () => {
    const { url, client } = await setup();
    for (let number = 0; number < 3; number++) await (await client.enqueue('double', { number })).wait();

    const { code, out, err } = await stint(['list', '--task', 'double', '--limit', '2'], { url });

    expect(code).toBe(0);
    expect(out).toMatch(/^JOB +TASK +STATUS +ATTEMPT +CREATED/);
    expect(out.match(/^[0-9a-f-]{36} {2}double {2}complete {2}1\/3/gm)).toHaveLength(2);
    expect(err).toContain('There are more');
  });

  it('filters, and gives all of them to scripts as JSON lines', async () => {
    const { url, client } = await setup();
    await (await client.enqueue('hopeless', {}, { userId: 'ada', tags: ['x'] })).wait();
    await (await client.enqueue('double', { number: 1 })).wait();

    const filters = ['--status', 'failed', '--user', 'ada', '--tag', 'x', '--since', '1h'];
    const listed = await stint(['list', ...filters, '--all', '--json'], { url });
    const none = await stint(['list', '--task', 'double', '--status', 'failed'], { url });

    expect(jsonLines(listed.out)).toMatchObject([{ task_name: 'hopeless', status: 'failed', user_id: 'ada' }]);
    expect(none).toMatchObject({ code: 0, out: '', err: 'No job fits.\n' });
  });

  it('knows the statuses, and refuses another', async () => {
    const ended = await stint(['list', '--status', 'done'], { url: 'http://127.0.0.1:1' });
    expect(ended).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Allowed choices are queued, active, aborting/),
    });
  });
});

describe('abort, retry', () => {
  it('change jobs by their ids', async () => {
    const { url, client, worker } = await setup();
    worker.paused = true;
    const { job_id } = await client.enqueue('double', { number: 1 });

    const aborted = await stint(['abort', job_id], { url });
    const retried = await stint(['retry', job_id, '--json'], { url });
    const refused = await stint(['retry', job_id], { url });

    expect(aborted).toMatchObject({ code: 0, out: `${job_id}  aborted\n` });
    expect(jsonLines(retried.out)).toEqual([{ job_id, status: 'queued' }]);
    expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('queued') });
  });

  it('change those of several that they can', async () => {
    const { url, client, worker } = await setup();
    worker.paused = true;
    const { job_id } = await client.enqueue('double', { number: 1 });

    const read = await stint(['abort', NO_JOB, job_id], { url });
    const json = await stint(['retry', NO_JOB, job_id, '--json'], { url });

    expect(read).toMatchObject({ code: 4, out: `${job_id}  aborted\n`, err: expect.stringMatching(`^${NO_JOB}  `) });
    expect(json.code).toBe(4);
    expect(jsonLines(json.out)).toMatchObject([
      { job_id: NO_JOB, error: { code: 'unknown_job' } },
      { job_id, status: 'queued' },
    ]);
  });

  it('count what fits before they change it', async () => {
    const { url, client } = await setup();
    const jobs = await Promise.all([1, 2].map((i) => client.enqueue('hopeless', {}, { tags: [`t${i}`] })));
    await Promise.all(jobs.map((job) => job.wait()));
    const all = ['retry', '--task', 'hopeless', '--status', 'failed'];

    const counted = await stint([...all, '--dry-run'], { url });
    const warned = await stint(all, { url });
    const done = await stint([...all, '--tag', 't1', '--yes'], { url });

    expect(counted).toMatchObject({ code: 0, out: '2 jobs would be retried.\n', err: '' });
    expect(warned).toMatchObject({ code: 2, err: 'Nothing is changed yet: say --yes to retry them.\n' });
    expect(done).toMatchObject({ code: 0, out: '1 job retried.\n' });
    expect(await jobs[0]?.wait()).toMatchObject({ dispatch: 2 });
    expect(await jobs[1]?.get()).toMatchObject({ dispatch: 1 });
  });

  it.each([
    [['abort'], /Which jobs\?/],
    [['abort', NO_JOB, '--task', 'double'], /not both/],
    [['retry', NO_JOB, '--dry-run'], /not both/],
  ])('%j is refused in words', async (command, says) => {
    const ended = await stint(command, { url: 'http://127.0.0.1:1' });
    expect(ended).toMatchObject({ code: 2, out: '', err: expect.stringMatching(says) });
  });
});

describe('dead-letters, redrive', () => {
  async function withDeadLetters() {
    const world = await setup();
    const jobs = [await world.client.enqueue('hopeless', {}), await world.client.enqueue('hopeless', {})];
    await Promise.all(jobs.map((job) => job.wait()));
    return { ...world, jobs };
  }

  it('show what failed, and why', async () => {
    const { url, jobs } = await withDeadLetters();

    const [read, json] = [await stint(['dead-letters'], { url }), await stint(['dead-letters', '--json'], { url })];

    expect(read.out.match(/failed .*no paper left/g)).toHaveLength(2);
    expect(
      jsonLines(json.out)
        .map(({ job_id }) => job_id)
        .toSorted(),
    ).toEqual(jobs.map(({ job_id }) => job_id).toSorted());
    expect(await stint(['dead-letters', '--task', 'double'], { url })).toMatchObject({
      err: 'There are no dead letters.\n',
    });
  });

  it('says that the queue has messages that the list does not show', async () => {
    const empty = { ready: 0, inFlight: 0, delayed: 0 };
    const depths = async () => ({
      queues: { default: empty },
      deadLetters: { ...empty, ready: 1, inFlight: 2 },
      undeliverable: empty,
    });
    const { url } = await setup({ ports: { depths } });

    const { code, err } = await stint(['dead-letters'], { url });

    expect(code).toBe(0);
    expect(err).toMatch(/^There are no dead letters\.\nIts queue has 3 messages all the same: .*--task NAME/);
  });

  it('run each again once, though it fails again', async () => {
    const { url, jobs } = await withDeadLetters();

    const counted = await stint(['redrive', '--task', 'hopeless', '--dry-run'], { url });
    const done = await stint(['redrive', '--all'], { url });

    expect(counted.out).toBe('2 jobs would run again.\n');
    expect(done).toMatchObject({ code: 0, out: '2 jobs will run again.\n' });
    for (const job of jobs) expect(await job.wait()).toMatchObject({ dispatch: 2 });
  });

  it('by ids, says which are not there', async () => {
    const { url, jobs } = await withDeadLetters();
    const { code, out, err } = await stint(['redrive', String(jobs[0]?.job_id), NO_JOB], { url });
    expect({ code, out }).toEqual({ code: 1, out: '1 job will run again.\n' });
    expect(err).toMatch(new RegExp(`^${NO_JOB}  `));
  });

  it('asks which', async () => {
    expect(await stint(['redrive'], { url: 'http://127.0.0.1:1' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('Which dead letters?'),
    });
  });
});

describe('the name of a task that is not deployed', () => {
  it.each([['list'], ['dead-letters'], ['redrive'], ['abort', '--yes'], ['retry', '--dry-run']])(
    '%s tells it where nothing is found',
    async (...args) => {
      const { url } = await setup();
      const ended = await stint([...args, '--task', 'dubble'], { url });

      expect(ended).toMatchObject({
        code: 0,
        err: expect.stringMatching(/No task 'dubble' is deployed\. There are: .*double/),
      });
    },
  );

  it('is no matter to scripts, nor where the task is deployed', async () => {
    const { url } = await setup();

    expect(await stint(['list', '--task', 'dubble', '--json'], { url })).toEqual({ code: 0, out: '', err: '' });
    expect(await stint(['list', '--task', 'double'], { url })).toEqual({ code: 0, out: '', err: 'No job fits.\n' });
  });
});

describe('watch', () => {
  it('prints queues and jobs once where there is no terminal', async () => {
    const { url, client } = await setup();
    const { job_id } = await client.enqueue('double', { number: 1 });

    const [read, json] = [await stint(['watch'], { url }), await stint(['watch', '--json'], { url })];

    expect(read).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^QUEUE +READY[\s\S]*^default[\s\S]*^JOB +TASK/m),
    });
    expect(read.out).toContain(job_id);
    expect(jsonLines(json.out)).toMatchObject([{ stats: { queues: {} }, jobs: [{ job_id }] }]);
  });

  it('prints a line for each change', async () => {
    const { url, client, worker } = await setup();
    worker.paused = true;
    const { job_id } = await client.enqueue('double', { number: 1 });
    const { child, seen, ended } = startStint(['watch', '--lines', '--interval', '0.2s'], { url });

    await waitUntil(() => seen.out.includes(`${job_id}  queued`), 10_000);
    worker.paused = false;
    await waitUntil(() => seen.out.includes(`${job_id}  complete`), 10_000);
    child.kill('SIGINT');

    expect((await ended).code).not.toBe(0);
  });
});

it('stats and tasks show what there is', async () => {
  const { url, client } = await setup();
  await (await client.enqueue('hopeless', {})).wait();

  const stats = await stint(['stats'], { url });
  const tasks = await stint(['tasks'], { url });
  const names = await stint(['tasks', '--names'], { url });
  const one = await stint(['tasks', 'double'], { url });

  expect(stats.out).toMatch(/^default +0 +0 +0$/m);
  expect(stats.out).toMatch(/^ {2}hopeless {2}1$/m);
  expect(tasks.out).toMatch(/^poc_test_task +default +3 +30 s +Answers with the message/m);
  expect(names.out).toBe('poc_test_task\ndouble\nhopeless\n');
  expect(JSON.parse(one.out)).toMatchObject({ name: 'double', input: { properties: { number: { type: 'number' } } } });
  expect(jsonLines((await stint(['stats', '--json'], { url })).out)).toEqual([await client.stats()]);
  expect(await stint(['tasks', 'dubble'], { url })).toMatchObject({
    code: 4,
    err: expect.stringContaining('double, hopeless'),
  });
});
