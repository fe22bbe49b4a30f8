import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, RestoreTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { writeOutputs } from '../../bin/local/outputs.ts';
import { withoutStack } from '../bin/cli/project.ts';
import { type Ended, jsonLines, stint } from '../bin/cli/stint.ts';
import { tempDir } from '../bin/temp-dir.ts';
import { connection } from './aws.ts';
import { stack } from './stack.ts';

const LOOK = { timeout: 30_000, interval: 500 };

/** The command line of a project whose local stack is the one that these tests run against. */
function setup() {
  const project = withoutStack();
  writeOutputs(join(project, '.local/outputs.json'), stack());
  return (args: string, stdin?: string): Promise<Ended> =>
    stint(args.split(' '), { project, ...(stdin !== undefined && { stdin }) });
}

/** What `aws` and the SDK need to know of the emulator. */
const emulatorEnv = () => ({
  AWS_ENDPOINT_URL: stack().endpoint_url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

describe('the command line on a deployed stack', () => {
  it('pauses a queue, whose jobs then wait, and resumes it', { timeout: 60_000 }, async () => {
    const run = setup();
    try {
      expect(await run('pause default')).toMatchObject({ code: 0, err: '' });
      const id = (await run('enqueue poc_test_task')).out.trim();
      expect(await run(`wait ${id} --timeout 3s`)).toMatchObject({ code: 7 });
      expect((await run(`get ${id}`)).out).toMatch(/^status +queued$/m);

      expect((await run('resume default')).out).toBe('default: on again.\n');
      expect(await run(`wait ${id} --timeout 30s`)).toMatchObject({ code: 0 });
    } finally {
      await run('resume default');
    }
  });

  it('leads a new user from the first task to a failure that is mended', { timeout: 120_000 }, async () => {
    const run = setup();
    const tag = randomUUID();

    expect((await run('tasks')).out).toMatch(/^poc_test_task +default/m);
    const first = (await run(`enqueue poc_test_task --tag ${tag} --input -`, '{"message": "Hello"}')).out.trim();
    const waited = await run(`wait ${first} --timeout 60s`);
    expect(waited).toMatchObject({ code: 0, err: expect.stringContaining('complete') });
    expect(JSON.parse(waited.out)).toMatchObject({ processed_message: 'Processed: Hello' });
    expect((await run(`get ${first}`)).out).toMatch(/^status +complete$/m);
    await vi.waitFor(
      async () => expect((await run(`list --task poc_test_task --tag ${tag}`)).out).toContain(first),
      LOOK,
    );

    const failing = (await run('enqueue hopeless')).out.trim();
    expect(await run(`wait ${failing}`)).toMatchObject({ code: 3, err: expect.stringContaining('cannot mend') });
    await vi.waitFor(
      async () => expect((await run('dead-letters --task hopeless --all')).out).toContain(failing),
      LOOK,
    );
    expect((await run('redrive --task hopeless --dry-run')).out).toMatch(/^[\d,]+ jobs? would run again\.$/m);
    expect(await run(`redrive ${failing}`)).toMatchObject({ code: 0, out: '1 job will run again.\n' });
    await vi.waitFor(async () => {
      const [job] = jsonLines((await run(`wait ${failing} --json`)).out);
      expect(job).toMatchObject({ status: 'failed', dispatch: 2 });
    }, LOOK);
    expect((await run('stats')).out).toMatch(/^ {2}hopeless {2}\d+$/m);
    expect((await run('watch')).out).toMatch(/^dead-letters /m);
    expect((await run('doctor')).out).toMatch(/^✓ it answers, and has \d+ tasks$/m);
  });

  it('enqueues from JSON lines, aborts what fits, and retries one', { timeout: 120_000 }, async () => {
    const run = setup();
    const tag = randomUUID();
    const lines = Array.from({ length: 120 }, (_, value) => JSON.stringify({ value })).join('\n');

    const enqueued = await run(`enqueue echo --lines - --delay 1h --tag ${tag}`, lines);
    const ids = enqueued.out.trim().split('\n');
    expect(enqueued).toMatchObject({ code: 0, err: '120 jobs enqueued.\n' });
    const fits = `--task echo --tag ${tag} --status queued`;
    await vi.waitFor(
      async () => expect((await run(`abort ${fits} --dry-run`)).out).toBe('120 jobs would be aborted.\n'),
      LOOK,
    );
    expect(await run(`abort ${fits} --yes`)).toMatchObject({ code: 0, out: '120 jobs aborted.\n' });
    expect(await run(`wait ${ids[0]}`)).toMatchObject({ code: 3, err: expect.stringContaining('aborted') });
    expect(await run(`retry ${ids[0]}`)).toMatchObject({ code: 0, out: `${ids[0]}  queued\n` });
    expect(await run(`wait ${ids[0]} --timeout 30s`)).toMatchObject({
      code: 0,
      out: expect.stringContaining('"value": 0'),
    });
  });

  it('shows what a job logged, and no other', { timeout: 90_000 }, async () => {
    const run = setup();
    const job_id = (await run('enqueue hopeless')).out.trim();
    await run(`wait ${job_id}`);

    const lines = await vi.waitFor(async () => {
      const told = jsonLines((await run(`logs ${job_id} --json`)).out);
      expect(told.length).toBeGreaterThan(0);
      return told;
    }, LOOK);

    expect(new Set(lines.map((line) => line.job_id))).toEqual(new Set([job_id]));
  });

  it('makes, lists and revokes keys in the table of the stack', { timeout: 60_000 }, async () => {
    const run = setup();
    const name = `key-${randomUUID()}`;

    expect((await run(`keys create ${name} --role user --user ada`)).out).toMatch(/^stint_[\w-]{43}\n$/);
    await vi.waitFor(async () => expect((await run('keys list')).out).toContain(`${name}  user ada`), LOOK);
    expect(await run(`keys revoke ${name}`)).toMatchObject({ code: 0, err: expect.stringContaining('is revoked') });
  });

  it('brings back a job whose record was lost', { timeout: 120_000 }, async () => {
    const run = setup();
    const table = stack().table_name;
    const restored = `restored-${randomUUID()}`;
    const dynamodb = new DynamoDBClient(connection());
    const job_id = (await run('enqueue poc_test_task')).out.trim();
    await run(`wait ${job_id} --timeout 60s`);
    const ended = (await run(`get ${job_id} --json`)).out;

    const toNow = { SourceTableName: table, TargetTableName: restored, UseLatestRestorableTime: true };
    await dynamodb.send(new RestoreTableToPointInTimeCommand(toNow));
    await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: job_id } } }));
    expect(await run(`get ${job_id}`)).toMatchObject({ code: 4 });

    expect((await run(`restore --from ${restored} --dry-run`)).out).toMatch(/^1 job would come back; 0 of them/);
    expect(await run(`restore --from ${restored}`)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 job came back; /),
    });
    expect((await run(`get ${job_id} --json`)).out).toBe(ended);
    expect(await run('restore --from nowhere')).toMatchObject({
      code: 4,
      err: expect.stringContaining("no table 'nowhere'"),
    });
  });

  describe.skipIf(spawnSync('aws', ['--version']).status !== 0)(
    'with the aws command, skipped where there is none',
    () => {
      it('finds a stack by its name', { timeout: 120_000 }, async () => {
        const env = emulatorEnv();
        const found = await stint(['open', '--api', '--stack', 'stint-e2e'], { env });
        const unknown = await stint(['open', '--api', '--stack', 'stint-nowhere'], { env });

        expect(found).toMatchObject({ code: 0, out: expect.stringMatching(/execute-api|lambda-url/) });
        expect(unknown).toMatchObject({ code: 4, err: expect.stringContaining('stint-nowhere') });
        expect(await stint(['keys', 'list', '--stack', 'stint-e2e'], { env })).toMatchObject({ code: 0 });
      });

      it('shows what a job logged, from the log groups of its stack', { timeout: 240_000 }, async () => {
        const env = { ...emulatorEnv(), PATH: `${awsThatNamesTheGateway()}:${process.env.PATH}` };
        const run = (...args: string[]) => stint([...args, '--stack', 'stint-e2e'], { env });
        const job_id = (await run('enqueue', 'hopeless')).out.trim();
        await run('wait', job_id);

        const { code, out } = await run('logs', job_id, '--follow');
        expect(code).toBe(0);
        await vi.waitFor(
          async () => {
            const lines = jsonLines((await run('logs', job_id, '--json')).out);
            expect(new Set(lines.map((line) => line.job_id))).toEqual(new Set([job_id]));
            // Of two functions: the API's and the worker's.
            expect(lines.map(({ message }) => message)).toEqual(
              expect.arrayContaining(['job enqueued', expect.stringContaining('fail')]),
            );
          },
          { timeout: 90_000, interval: 1_000 },
        );
        expect(out).not.toContain(job_id); // A person has said it, and does not read it in each line.
      });
    },
  );
});

/** The real `aws`, but for the host of the API, which no fetch finds: *.localhost. @returns its folder, for the PATH */
function awsThatNamesTheGateway(): string {
  const folder = tempDir();
  const real = spawnSync('sh', ['-c', 'command -v aws'], { encoding: 'utf8' }).stdout.trim();
  const gateway = stack().api_url.replace(/\/$/, '');
  const script = `#!/bin/sh\n'${real}' "$@" | sed -E 's#http://[a-z0-9]*[.](execute-api|lambda-url[.][a-z0-9-]*)[.]localhost:[0-9]*#${gateway}#'\n`;
  writeFileSync(join(folder, 'aws'), script, { mode: 0o755 });
  return folder;
}
