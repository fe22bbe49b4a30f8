import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { OWNER } from '../../bin/local/emulator-api.ts';
import { blocksOf } from '../docs/page.ts';
import { ended, enqueue } from './client.ts';
import { isLocalstack, stack } from './stack.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
/** What the runbook has its reader declare first, of this stack. */
const [first = ''] = blocksOf(page, 'sh').map(({ code }) => code);
const declared = first.replace(/^export STACK=\S+ AWS_REGION=\S+/, 'export STACK=stint-e2e AWS_REGION=us-east-1');

/** Runs commands as the runbook's reader would, on the emulator in AWS's place. @returns what they print */
async function run(commands: string): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_ENDPOINT_URL: stack().endpoint_url,
    AWS_ACCESS_KEY_ID: OWNER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: OWNER.secretAccessKey,
    // The gateway of the tests in API Gateway's place: Node and some of curl know no name below localhost.
    STINT_TEST_API: stack().api_url,
  };
  const script = `set -eu\n${declared}\nAPI_URL=$STINT_TEST_API\n${commands}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env, timeout: 60_000 });
  return stdout.trim();
}

const has = (program: string) => spawnSync(program, ['--version']).status === 0;

/** LocalStack's queues and mappings are its own tests' business; the commands are AWS's all the same. */
describe.skipIf(isLocalstack() || !has('aws') || !has('jq'))(
  'the commands of the runbook',
  { timeout: 120_000 },
  () => {
    it('find the stack’s outputs, and its resources by their type', async () => {
      expect(await run('output TableName')).toBe(stack().table_name);
      expect((await run('resources AWS::Lambda::Function')).split(/\s+/).length).toBeGreaterThan(3);
      expect(await run('resources AWS::Events::Rule')).toMatch(/^\S+$/);
      expect(await run('api_function')).toMatch(/^\S*Api\S*$/);
    });

    it('find the mapping of a queue, which is on', async () => {
      expect(await run('mapping default')).toMatch(/^[0-9a-f-]{36}\s+Enabled$/);
      expect((await run('mappings')).split(/\s+/).length).toBeGreaterThan(1);
    });

    it('show what failed, most often first, and the errors that were logged', async () => {
      const job_id = await enqueue('hopeless', {});
      await ended(job_id);
      const counting = blocksOf(page, 'sh').flatMap(
        ({ code }) => /^api GET .*status=failed.*uniq -c.*$/m.exec(code) ?? [],
      );

      expect(counting).toHaveLength(1);
      expect(await run(counting.join('\n'))).toMatch(/^\s*\d+ \w+\t/);
      await vi.waitFor(async () => expect(await run('errors | tail -200')).toContain(job_id), {
        timeout: 60_000,
        interval: 2_000,
      });
    });

    it('know what time an hour ago was', async () => {
      const ago = Date.parse(await run('ago 3600'));
      expect(Math.abs(Date.now() - 3_600_000 - ago)).toBeLessThan(120_000);
    });
  },
);
