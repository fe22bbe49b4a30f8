import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { releaseLock, takeLock } from '../../bin/local/folder-lock.mjs';
import { tempDir } from './temp-dir.ts';

function aRunningProcess(): number {
  const child = spawn('sleep', ['60']);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid ?? 0;
}

test('a free lock is taken, and given back', () => {
  const lock = join(tempDir(), 'new-folder', 'lock');

  expect(takeLock(lock, 'sleep')).toBeUndefined();
  expect(readFileSync(lock, 'utf8')).toBe(String(process.pid));
  releaseLock(lock);
  expect(existsSync(lock)).toBe(false);
});

test('a lock that a running process holds is refused with its id, and stays its own', () => {
  const lock = join(tempDir(), 'lock');
  const holder = aRunningProcess();
  writeFileSync(lock, String(holder));

  expect(takeLock(lock, 'sleep')).toBe(holder);
  releaseLock(lock);
  expect(readFileSync(lock, 'utf8')).toBe(String(holder));
});

test('a lock is taken over when its process id belongs to another program by now', () => {
  const lock = join(tempDir(), 'lock');
  writeFileSync(lock, String(aRunningProcess()));

  expect(takeLock(lock, 'start.ts')).toBeUndefined();
});

test.each(['999999999', '', 'nonsense'])('a lock that nobody holds (%j) is taken over', (content) => {
  const lock = join(tempDir(), 'lock');
  writeFileSync(lock, content);

  expect(takeLock(lock, 'start.ts')).toBeUndefined();
});

test('the lock of a dead process that another takes over at the same time is that one’s', async () => {
  const lock = join(tempDir(), 'lock');
  execFileSync('mkfifo', [lock]); // It is read when we say so: what is read then is the past.
  const module = new URL('../../bin/local/folder-lock.mjs', import.meta.url).href;
  const code = `import { takeLock } from '${module}'; console.log(takeLock('${lock}', 'sleep'));`;
  const late = spawn(process.execPath, ['--input-type=module', '--eval', code]);
  onTestFinished(() => void late.kill('SIGKILL'));
  const said = text(late.stdout);

  const past = await open(lock, 'w');
  const holder = aRunningProcess();
  rmSync(lock);
  writeFileSync(lock, String(holder));
  await past.write('999999999');
  await past.close();

  expect(await said).toBe(`${holder}\n`);
  expect(readFileSync(lock, 'utf8')).toBe(String(holder));
});
