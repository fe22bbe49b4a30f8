import { expect, test } from 'vitest';
import { billOf, dollars, parts, sum } from '../../bench/cost/bill.ts';

const used = { calls: { PutItem: 1, SendMessage: 1 }, readUnits: 0, writeUnits: 2, sqsRequests: 1 };

test('a bill is of one job: what many share is divided, and each log line has its overhead', () => {
  const bill = billOf(
    { ...used, calls: { PutItem: 10 }, logLines: 10, logBytes: 1_000 },
    { worker: 1, ms: 40, memoryMb: 512, per: 10 },
  );

  expect(bill).toEqual({
    calls: 1,
    readUnits: 0,
    writeUnits: 0.2,
    sqsRequests: expect.closeTo(0.3, 9), // its own, and the receive and the delete of the batch
    gbSeconds: 0.002,
    logBytes: 126,
    apiRequests: 0,
    invocations: 0.1,
  });
});

test('its parts are priced one by one, and come to the whole', () => {
  const call = billOf({ ...used, logLines: 1, logBytes: 174 }, { api: 1, ms: 20, memoryMb: 256 });
  const whole = sum(call, call);

  expect(parts(call)).toEqual({
    api: 1e-6,
    requests: 0.2e-6,
    time: expect.closeTo(0.0667e-6, 10),
    sqs: 0.4e-6,
    table: 1.25e-6,
    logs: expect.closeTo(0.1e-6, 12),
  });
  expect(dollars(whole)).toBeCloseTo(2 * dollars(call), 12);
});
