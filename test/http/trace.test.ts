import { expect, test } from 'vitest';
import { setup } from './setup.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const VALID = `00-${TRACE}-b7ad6b7169203331-01`;

const routes = [
  ['POST /tasks/trigger-test', {}],
  ['POST /tasks/anything/jobs', { input: 1 }],
  ['POST /jobs/batch', { jobs: [{ task_name: 'anything', input: 1 }] }],
  ['POST /jobs/abort', { job_ids: ['00000000-0000-4000-8000-000000000000'] }],
] as const;

test.each(routes)('%s takes a traceparent, whatever the case of the header’s name', async (route, body) => {
  for (const name of ['traceparent', 'Traceparent']) {
    const { call, store, log } = setup();
    expect((await call(route, { body, headers: { [name]: VALID } })).status).toBe(202);
    const records = [...store.records.values()];
    expect(records.map(({ traceparent }) => traceparent)).toEqual([VALID]);
    expect(log.lines.filter(({ level }) => level === 'info').map(({ fields }) => fields.trace_id)).toEqual([TRACE]);
  }
});

test.each([undefined, 'not one', `ff-${VALID.slice(3)}`])(
  'with the header %s a job begins a trace of its own',
  async (traceparent) => {
    const { call, store } = setup();
    const headers = traceparent === undefined ? {} : { traceparent };
    expect((await call('POST /tasks/anything/jobs', { body: { input: 1 }, headers })).status).toBe(202);
    for (const record of store.records.values()) expect(record).not.toHaveProperty('traceparent');
  },
);
