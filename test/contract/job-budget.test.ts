import { expect, inject, test } from 'vitest';
import { startMeter } from '../../bench/cost/meter.ts';
import { startStint } from '../../bench/cost/stint.ts';

/** The longest that the one line of a job may be: logs are a twentieth of its price. */
const LINE_BYTES = 260;

test('a plain job takes four calls of AWS in all, four write units, no read, and a line of the log at each end', async () => {
  const emulator = inject('endpointUrl');
  const meter = await startMeter(emulator);
  const stint = await startStint(emulator, meter.endpoint);

  const enqueued = await meter.of(() => stint.call('POST /tasks/plain/jobs', { input: {} }));
  const [batch = []] = await stint.receive();
  const ran = await meter.of(() => stint.work(batch));
  meter.close();

  expect(enqueued.calls).toEqual({ SendMessage: 1, PutItem: 1 });
  expect(ran.calls).toEqual({ UpdateItem: 2 });
  expect([enqueued, ran].map(({ readUnits, writeUnits }) => [readUnits, writeUnits])).toEqual([
    [0, 2],
    [0, 2],
  ]);
  for (const { logLines, logBytes } of [enqueued, ran]) {
    expect(logLines).toBe(1);
    expect(logBytes).toBeLessThan(LINE_BYTES);
  }
});
