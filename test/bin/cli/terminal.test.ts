import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { setup } from '../../client/setup.ts';
import { waitUntil } from '../processes.ts';
import { tempDir } from '../temp-dir.ts';
import { ROOT } from './stint.ts';

/** Gives a command a terminal, and passes on what it draws there, and its exit code. */
const IN_TERMINAL = `
import os, pty, sys
status = pty.spawn(sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** What makes Node print without colours in a terminal, too: `CI` is taken to be one that has none. */
const WITHOUT_COLOUR = ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI'];

function inTerminal(args: readonly string[], url: string) {
  const command = [join(ROOT, 'bin/stint'), ...args];
  const env: NodeJS.ProcessEnv = { ...process.env, STINT_URL: url, TERM: 'xterm-256color' };
  for (const name of WITHOUT_COLOUR) delete env[name];
  const child = spawn('python3', ['-c', IN_TERMINAL, ...command], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const seen = { screen: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.screen += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { seen, type: (keys: string) => child.stdin.write(keys), ended };
}

test('watch draws again and again, and leaves the terminal as it was', async () => {
  const { url, client, interfere } = await setup();
  const first = await client.enqueue('double', { number: 1 });
  const { seen, type, ended } = inTerminal(['watch', '--interval', '0.2s'], url);

  await waitUntil(() => seen.screen.includes(first.job_id), 10_000);
  await waitUntil(() => seen.screen.includes('\u001b[32mcomplete\u001b[39m'), 10_000);
  expect(seen.screen).toContain('\u001b[?1049h');
  interfere(
    ...Array.from({ length: 8 }, () => (_: unknown, response: { socket: { destroy(): void } | null }) => {
      response.socket?.destroy();
      return true;
    }),
  );
  await waitUntil(() => seen.screen.includes('Trying again'), 15_000);
  const second = await client.enqueue('double', { number: 2 });
  await waitUntil(() => seen.screen.includes(second.job_id), 10_000);
  type('\u0003');

  expect(await ended).toBe(130);
  expect(seen.screen.slice(seen.screen.lastIndexOf('\u001b[?25h'))).toContain('\u001b[?1049l');
});

test('many jobs have a progress bar; one says what to do next', async () => {
  const { url, worker } = await setup();
  worker.paused = true;
  const file = join(tempDir(), 'jobs.jsonl');
  writeFileSync(file, Array.from({ length: 4_200 }, (_, number) => JSON.stringify({ number })).join('\n'));

  const many = inTerminal(['enqueue', 'double', '--lines', file], url);
  const one = inTerminal(['enqueue', 'double', '--input', '{"number": 1}'], url);

  expect(await many.ended).toBe(0);
  expect(many.seen.screen).toMatch(/█.*░.* % {2}/);
  expect(many.seen.screen).not.toMatch(/[1-9]\d* % {2}0 jobs/); // of what was taken, not of what was read
  expect(many.seen.screen).toContain('4,200 jobs enqueued.');
  await one.ended;
  expect(one.seen.screen).toContain('It is queued. Its result: stint wait');
});
