import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moveStateToPort } from '../../bin/local/state-port.ts';
import { tempDir } from './temp-dir.ts';

test('the addresses of the emulator in its state get the new port, and nothing else changes', () => {
  const dir = tempDir();
  const file = join(dir, 'sqs.json');
  const state = (port: number) =>
    `{"url": "http://localhost:${port}/0/q", "http://127.0.0.1:${port}": 4566, "other": "localhost:45660"}`;
  writeFileSync(file, state(4566));

  moveStateToPort(dir, 4566, 41355);

  expect(readFileSync(file, 'utf8')).toBe(state(41355));
});

test('without a state there is nothing to move', () => {
  expect(() => moveStateToPort(join(tempDir(), 'none'), 4566, 4567)).not.toThrow();
});
