import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { queueFindings } from '../../../bin/cli/findings.ts';
import { writeOutputs } from '../../../bin/local/outputs.ts';
import { openGuard } from '../../../lambdas/http/auth/guard.ts';
import { HttpProblem } from '../../../lambdas/http/problem.ts';
import { listen, setup } from '../../client/setup.ts';
import { tempDir } from '../temp-dir.ts';
import { fakeAws } from './fake-aws.ts';
import { withoutStack } from './project.ts';
import { jsonLines, ROOT, stint } from './stint.ts';

const STACK_OUTPUTS = (url: string) => [
  { OutputKey: 'ApiUrl', OutputValue: url },
  { OutputKey: 'TableName', OutputValue: 'stint-Jobs' },
];

describe('--stack', () => {
  it('finds the API by the outputs of the stack, in the account of --profile and --region', async () => {
    const { url } = await setup();
    const { env, calls } = fakeAws({ 'cloudformation describe-stacks': { Stacks: [{ Outputs: STACK_OUTPUTS(url) }] } });

    const options = ['--stack', 'prod', '--profile', 'work', '--region', 'eu-central-1'];
    const ended = await stint(['tasks', '--names', ...options], { env: { ...env, AWS_ACCESS_KEY_ID: 'of-another' } });

    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('double') });
    expect(calls()).toEqual([
      {
        args: ['cloudformation', 'describe-stacks', '--stack-name', 'prod', '--output', 'json'],
        env: { AWS_PROFILE: 'work', AWS_REGION: 'eu-central-1' },
      },
    ]);
  });

  it('may be said by STINT_STACK; an option wins over it', async () => {
    const { url } = await setup();
    const { env, calls } = fakeAws({ 'cloudformation describe-stacks': { Stacks: [{ Outputs: STACK_OUTPUTS(url) }] } });

    await stint(['tasks'], { env: { ...env, STINT_STACK: 'prod' } });
    await stint(['tasks', '--url', url], { env: { ...env, STINT_STACK: 'prod' } });

    expect(calls()).toHaveLength(1);
  });

  it.each([
    ['An error occurred (ValidationError): Stack with id nope does not exist', 4, /nope does not exist/],
    [
      'Unable to locate credentials. You can configure credentials by running "aws configure".',
      5,
      /Sign in.*--profile/,
    ],
    ['Could not connect to the endpoint URL', 6, /Could not connect/],
    ['You must specify a region.', 1, /Say --region NAME/],
    [{ Stacks: [{ Outputs: [] }] }, 4, /no outputs ApiUrl and TableName/],
  ])('that is answered %j ends with %i', async (answer, code, says) => {
    const { env } = fakeAws({ 'cloudformation describe-stacks': answer });
    expect(await stint(['tasks', '--stack', 'nope'], { env })).toMatchObject({
      code,
      out: '',
      err: expect.stringMatching(says),
    });
  });

  it('without the aws command says where it is, and how to do without', async () => {
    const ended = await stint(['tasks', '--stack', 'prod'], { env: { PATH: tempDir() } });
    expect(ended).toMatchObject({ code: 1, err: expect.stringMatching(/not installed: https:.*--url/) });
  });
});

function projectWithStack(url: string, endpoint = 'http://127.0.0.1:1') {
  const project = withoutStack();
  writeOutputs(join(project, '.local/outputs.json'), {
    api_url: url,
    endpoint_url: endpoint,
    table_name: 'jobs',
    queues: {},
    dead_letters_url: '',
    undeliverable_url: '',
  });
  return project;
}

describe('the local stack', () => {
  it('is found by itself', async () => {
    const { url } = await setup();
    const project = projectWithStack(url);

    expect(await stint(['tasks', '--names'], { project })).toMatchObject({
      code: 0,
      out: expect.stringContaining('double'),
    });
    const elsewhere = { project, url: 'http://127.0.0.1:1' };
    expect(await stint(['open', '--json', '--local'], elsewhere)).toMatchObject({ out: expect.stringContaining(url) });
  });
});

describe('open', () => {
  it('prints where the documentation is, and the API', async () => {
    const url = 'https://jobs.example.org/';
    expect((await stint(['open'], { url })).out).toBe('https://jobs.example.org/docs\n');
    expect((await stint(['open', '--api'], { url })).out).toBe('https://jobs.example.org\n');
    expect(jsonLines((await stint(['open', '--json'], { url })).out)).toEqual([
      { api_url: 'https://jobs.example.org', docs_url: 'https://jobs.example.org/docs' },
    ]);
  });
});

describe('logs', () => {
  const line = (job_id: string, message: string, level = 'INFO') =>
    JSON.stringify({
      timestamp: '2026-11-24T12:00:00.000Z',
      level,
      message,
      job_id,
      attempt: 1,
      ...(level === 'WARN' && { stack: 'at a (index.mjs:1:9)' }),
    });

  it('shows the lines of the job alone, from all groups of the local stack, in order', async () => {
    const { url, client } = await setup();
    const { job_id } = await (await client.enqueue('double', { number: 1 })).wait();
    const events: Record<string, object[]> = {
      api: [{ timestamp: 1, message: line(job_id, 'enqueued') }],
      worker: [
        { timestamp: 3, message: line(job_id, 'it was hot', 'WARN') },
        { timestamp: 2, message: `${line('another', 'no')}\nSTART ${job_id}\n${line(job_id, 'begun\u001b[2J')}` },
      ],
    };
    const emulator = await listen(async (request, response) => {
      const { logGroupName, nextToken } = JSON.parse(await text(request)) as {
        logGroupName?: string;
        nextToken?: string;
      };
      const all = events[logGroupName ?? ''] ?? [];
      const page = nextToken === undefined ? { events: all.slice(0, 1), nextToken: '1' } : { events: all.slice(1) };
      const groups = { logGroups: Object.keys(events).map((name) => ({ logGroupName: name })) };
      response.end(JSON.stringify(logGroupName === undefined ? groups : page));
    });
    const project = projectWithStack(url, emulator);

    const { code, out } = await stint(['logs', job_id, '--follow'], { project });
    const json = await stint(['logs', job_id, '--json'], { project });

    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      '2026-11-24T12:00:00.000Z  INFO   enqueued  attempt=1',
      '2026-11-24T12:00:00.000Z  INFO   begun\ufffd[2J  attempt=1',
      '2026-11-24T12:00:00.000Z  WARN   it was hot  attempt=1',
    ]);
    expect(jsonLines(json.out)).toMatchObject([
      { message: 'enqueued' },
      {},
      { level: 'WARN', stack: 'at a (index.mjs:1:9)' },
    ]);
  });

  it('asks CloudWatch Logs for the groups of a stack on AWS', async () => {
    const { url, client } = await setup();
    const { job_id } = await (await client.enqueue('double', { number: 1 })).wait();
    const { env, calls } = fakeAws({
      'cloudformation describe-stacks': { Stacks: [{ Outputs: STACK_OUTPUTS(url) }] },
      'cloudformation list-stack-resources': {
        StackResourceSummaries: [
          { ResourceType: 'AWS::Logs::LogGroup', PhysicalResourceId: 'worker-logs' },
          { ResourceType: 'AWS::SQS::Queue', PhysicalResourceId: 'queue' },
        ],
      },
      'logs filter-log-events': { events: [{ timestamp: 1, message: line(job_id, 'done') }] },
    });

    const { out } = await stint(['logs', job_id, '--stack', 'prod'], { env });

    expect(out).toContain('INFO   done');
    expect(calls().at(-1)?.args).toEqual(
      expect.arrayContaining(['--log-group-name', 'worker-logs', '--filter-pattern', `{ $.job_id = "${job_id}" }`]),
    );
  });

  describe('of a stack on AWS some of whose groups may not be read', () => {
    const denied =
      'An error occurred (AccessDeniedException) when calling the FilterLogEvents operation: not authorized to perform: logs:FilterLogEvents';
    const group = (PhysicalResourceId: string) => ({ ResourceType: 'AWS::Logs::LogGroup', PhysicalResourceId });
    const ofGroup = (name: string) => `logs filter-log-events --log-group-name ${name}`;

    async function logsWith(groups: string[], answers: (jobId: string) => Record<string, unknown>) {
      const { url, client } = await setup();
      const { job_id } = await (await client.enqueue('double', { number: 1 })).wait();
      const { env, calls } = fakeAws({
        'cloudformation describe-stacks': { Stacks: [{ Outputs: STACK_OUTPUTS(url) }] },
        'cloudformation list-stack-resources': { StackResourceSummaries: groups.map(group) },
        'logs filter-log-events': denied,
        ...answers(job_id),
      });
      return { ...(await stint(['logs', job_id, '--stack', 'prod'], { env })), calls };
    }

    it('does not ask that of access logs, which has no line of a job', async () => {
      const { code, out, err, calls } = await logsWith(['worker', '/aws/vendedlogs/apis/x'], (job_id) => ({
        [ofGroup('worker')]: { events: [{ timestamp: 1, message: line(job_id, 'done') }] },
      }));
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('INFO   done');
      expect(JSON.stringify(calls())).not.toContain('vendedlogs');
    });

    it('shows the lines of the others, and says which are missing', async () => {
      const { code, out, err } = await logsWith(['worker', 'mine'], (job_id) => ({
        [ofGroup('worker')]: { events: [{ timestamp: 1, message: line(job_id, 'done') }] },
      }));
      expect(code).toBe(0);
      expect(out).toContain('INFO   done');
      expect(err).toBe('Without the lines of mine, which you may not read.\n');
    });

    it('fails where it may read none', async () => {
      const { code, err } = await logsWith(['worker', 'mine'], () => ({}));
      expect(code).toBe(5);
      expect(err).toContain('AccessDeniedException');
    });
  });

  it('of a URL alone cannot be found', async () => {
    expect(await stint(['logs', 'x'], { url: 'http://127.0.0.1:1' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('--stack NAME'),
    });
  });
});

describe('keys', () => {
  it('are in a table: a URL alone does not tell which', async () => {
    const ended = await stint(['keys', 'list'], { url: 'http://127.0.0.1:1' });
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('--table NAME') });
  });

  it('are asked of the table of the local stack', async () => {
    const asked: string[] = [];
    const emulator = await listen(async (request, response) => {
      asked.push(`${request.headers['x-amz-target']} ${await text(request)}`);
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Items":[],"Count":0}');
    });

    const ended = await stint(['keys', 'list'], { project: projectWithStack('http://127.0.0.1:1', emulator) });

    expect(ended).toMatchObject({ code: 0, out: '', err: 'There are no keys.\n' });
    expect(asked[0]).toMatch(/^DynamoDB_20120810\.Query .*"TableName":"jobs"/);
  });
});

describe('what goes to AWS without the API', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

  it.each([
    ['keys', 'list'],
    ['restore', '--from', 'other'],
    ['logs', 'x'],
  ])('%s: that the local stack does not run is said, not where in the code', async (...args) => {
    const ended = await stint(args, { project: projectWithStack('http://127.0.0.1:1', 'http://127.0.0.1:2') });

    expect(ended).toMatchObject({ code: 6, out: '', err: expect.stringContaining('npm start') });
    expect(ended.err).not.toContain('    at ');
  });

  it('that nobody is signed in, or no region is named, is said', async () => {
    const env = { HOME: '/nowhere', AWS_EC2_METADATA_DISABLED: 'true' };

    const nobody = await stint(['keys', 'list', '--table', 't', '--region', 'us-east-1'], { env });
    const nowhere = await stint(['keys', 'list', '--table', 't'], { env: { ...env, ...KEYS } });

    expect(nobody).toMatchObject({ code: 5, err: expect.stringContaining('--profile') });
    expect(nowhere).toMatchObject({
      code: 1,
      err: 'stint: Region is missing\nSay --region NAME, or set AWS_REGION.\n',
    });
  });

  it('that the account has no such table, or does not let us, is said', async () => {
    const answering = async (name: string) => {
      const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'no' });
      const AWS_ENDPOINT_URL = await listen((_request, response) =>
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(body),
      );
      return stint(['keys', 'list', '--table', 't'], { env: { ...KEYS, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL } });
    };

    expect(await answering('ResourceNotFoundException')).toMatchObject({ code: 4 });
    expect(await answering('AccessDeniedException')).toMatchObject({ code: 5 });
  });
});

describe('doctor', () => {
  it('finds a stack that is well', async () => {
    const { url } = await setup();
    const { code, out } = await stint(['doctor'], { url });
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ Node 2/m);
    expect(out).toMatch(/^✓ it answers, and has 3 tasks$/m);
    expect(out).toMatch(/^✓ you are an admin here$/m);
    expect(out).toMatch(/^✓ the queues of failures are empty$/m);
  });

  it('says that no stack is there, or does not answer, or lets nobody in', async () => {
    const none = await stint(['doctor'], { project: withoutStack() });
    const dead = await stint(['doctor', '--json'], { project: projectWithStack('http://127.0.0.1:1') });
    const guard = { ...openGuard, admit: () => Promise.reject(new HttpProblem('unauthenticated', 'Who are you?')) };
    const closed = await stint(['doctor'], { url: (await setup({ guard })).url, env: { STINT_KEY: 'stint_old' } });

    expect(none).toMatchObject({ code: 1, out: expect.stringMatching(/✗ no stack to look at\n.*npm start/) });
    expect(dead.code).toBe(1);
    expect(jsonLines(dead.out).at(-1)).toMatchObject({ state: 'wrong', cure: expect.stringContaining('npm start') });
    expect(closed).toMatchObject({
      code: 1,
      out: expect.stringMatching(/does not let you in: Who are you\?\n.*STINT_KEY is not taken/),
    });
  });

  it('compares the tasks of the folder with those that are deployed', async () => {
    const { url } = await setup();
    const project = projectWithStack(url);
    expect((await stint(['doctor'], { project })).out).toContain('! not deployed yet: create_subtitles');
    writeFileSync(join(project, 'lambdas/tasks/index.ts'), 'export const tasks = nothing;');
    expect(await stint(['doctor'], { project })).toMatchObject({
      code: 1,
      out: expect.stringContaining('cannot be loaded: nothing is not defined'),
    });
  });

  it('names the queues that are paused', async () => {
    const { url } = await setup();
    const ofAws = (...mappings: object[]) =>
      fakeAws({
        'cloudformation describe-stacks': {
          Stacks: [
            {
              Outputs: [
                { OutputKey: 'ApiUrl', OutputValue: url },
                { OutputKey: 'TableName', OutputValue: 't' },
                { OutputKey: 'Queues', OutputValue: '{"default":"https://sqs/1/Default","mail":"https://sqs/1/Mail"}' },
              ],
            },
          ],
        },
        ...(mappings.length > 0 && { 'lambda list-event-source-mappings': { EventSourceMappings: mappings } }),
      });
    const doctor = async ({ env }: ReturnType<typeof fakeAws>) =>
      (await stint(['doctor', '--stack', 'prod'], { env: { ...env, STINT_KEY: 'any' } })).out;
    const [on, off] = [
      { EventSourceArn: 'arn:aws:sqs:eu-central-1:1:Default', State: 'Enabled' },
      { EventSourceArn: 'arn:aws:sqs:eu-central-1:1:Mail', State: 'Disabled' },
    ];

    expect(await doctor(ofAws(on))).toMatch(/^✓ no queue is paused$/m);
    expect(await doctor(ofAws(on, off))).toMatch(/^! paused: mail\n.*stint resume mail/m);
    expect(await doctor(ofAws())).toMatch(/^! whether a queue is paused is not known/m);
  });

  it('looks at what should be empty, and at who waits', () => {
    const empty = { ready: 0, in_flight: 0, delayed: 0 };
    const waiting = { job_id: 'j', task_name: 't', since: '', seconds: 3_000, exact: true };
    const stats = {
      queues: {},
      dead_letters: { ...empty, ready: 2 },
      undeliverable: { ...empty, in_flight: 1 },
      failed: {},
      oldest_waiting: waiting,
    };
    expect([...queueFindings(stats)].map(({ state, what }) => `${state}: ${what}`)).toEqual([
      'doubtful: 2 dead letters',
      'wrong: 1 message that no worker could claim',
      'doubtful: job j (t) has been due for 50 min',
    ]);
  });
});

describe('completion', () => {
  /** What bash would offer for the words, of which the last is being written. */
  async function offered(words: string[], url: string): Promise<string[]> {
    const { out } = await stint(['completion', 'bash']);
    const dir = join(tempDir(), 'bin');
    mkdirSync(dir);
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    symlinkSync(join(ROOT, 'bin/stint'), join(dir, 'stint'));
    const script = `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _stint; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}`, STINT_URL: url };
    const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', 'stint', ...words], { env });
    return stdout.trim().split('\n');
  }

  it('of bash offers commands, options, their values, and tasks', async () => {
    const { url } = await setup();
    expect(await offered(['de'], url)).toEqual(['dead-letters']);
    expect(await offered(['--json', 'list', '--sin'], url)).toEqual(['--since']);
    expect(await offered(['list', '--status', 'abort'], url)).toEqual(['aborting', 'aborted']);
    expect(await offered(['enqueue', ''], url)).toEqual(expect.arrayContaining(['poc_test_task', 'double']));
    expect(await offered(['list', '--task', 'do'], url)).toEqual(['double']);
    expect(await offered(['keys', 'rev'], url)).toEqual(['revoke']);
  });

  it.each(['zsh', 'fish'])('has a script for %s that names each command', async (shell) => {
    const { code, out } = await stint(['completion', shell]);
    expect(code).toBe(0);
    for (const name of ['enqueue', 'dead-letters', 'completion']) expect(out).toContain(name);
    expect(out).toContain('stint tasks --names');
  });

  it('of another shell is refused', async () => {
    expect(await stint(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('bash, zsh, fish'),
    });
  });
});
