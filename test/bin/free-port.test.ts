import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../bin/local/free-port.ts';

async function occupyAPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('the preferred port is given when it is free', async () => {
  const port = await freePort();

  expect(await freePort(port)).toBe(port);
});

test('another port is given when the preferred one is taken', async () => {
  const taken = await occupyAPort();

  const port = await freePort(taken);

  expect(port).toBeGreaterThan(0);
  expect(port).not.toBe(taken);
});
