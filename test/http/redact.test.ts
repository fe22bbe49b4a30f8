import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../lambdas/core/task.ts';
import { setup } from './setup.ts';

const pay = defineTask({
  name: 'pay',
  input: z.strictObject({
    card: z.strictObject({ number: z.string().min(9, { error: ({ input }) => `${input} is too short` }) }),
    cents: z.int(),
  }),
  output: z.object({ receipt: z.string() }),
  redact: { input: ['card.number'], output: ['receipt'] },
  run: () => ({ receipt: 'r' }),
});
const given = { card: { number: '4111 1111' }, cents: 5 };
const shown = { card: { number: '[redacted]' }, cents: 5 };

async function paid() {
  const { store, ...api } = setup({}, [pay]);
  const { body } = await api.call('POST /tasks/pay/jobs', { body: { input: given } });
  const record = store.records.get(body.job_id)!;
  const result = { json: JSON.stringify({ receipt: 'RECEIPT-42' }) };
  store.records.set(body.job_id, { ...record, status: 'complete', completed_at: 1, result });
  return { ...api, store, jobId: body.job_id as string };
}

test('neither a job nor a list shows what its task redacts; the record keeps it', async () => {
  const { call, store, jobId } = await paid();

  const one = await call(`GET /jobs/${jobId}`);
  const list = await call('GET /jobs');

  for (const job of [one.body, ...list.body.jobs])
    expect(job).toMatchObject({ input: shown, result: { receipt: '[redacted]' } });
  expect(store.records.get(jobId)?.input).toEqual({ json: JSON.stringify(given) });
});

test('nor do the dead letters, nor the answer to a change', async () => {
  const { call, store, jobId } = await paid();
  const { result: _, ...record } = store.records.get(jobId)!;

  store.records.set(jobId, { ...record, status: 'failed', failed_at: 1 });
  expect((await call('GET /dead-letters')).body.jobs).toMatchObject([{ input: shown, result: null }]);

  store.records.set(jobId, { ...record, status: 'queued' });
  expect((await call(`PATCH /jobs/${jobId}`, { body: { input: given } })).body).toMatchObject({ input: shown });
});

test('a payload that is stored apart from its record is redacted, too', async () => {
  const { call, payloads, store, jobId } = await paid();
  payloads.stored.set('elsewhere', { json: JSON.stringify(given), ttl: 1 });
  store.records.set(jobId, { ...store.records.get(jobId)!, input: { at: 'elsewhere' } });
  expect((await call(`GET /jobs/${jobId}`)).body.input).toEqual(shown);
});

test('of a task that this version does not know, nobody knows what it redacts: no payload is shown', async () => {
  const { store, jobId } = await paid();
  const without = setup({ store }, []);
  expect((await without.call(`GET /jobs/${jobId}`)).body).toMatchObject({ input: '[redacted]', result: '[redacted]' });
});

test('a problem does not repeat the value that it refuses', async () => {
  const { call } = setup({}, [pay]);
  const input = { ...given, card: { number: '41112222' } };
  const { body } = await call('POST /tasks/pay/jobs', { body: { input } });
  expect(body).toMatchObject({ code: 'invalid_input' });
  expect(JSON.stringify(body)).not.toContain('41112222');
});
