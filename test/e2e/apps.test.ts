import { expect, test } from 'vitest';
import { callEmulator, OWNER } from '../../bin/local/emulator-api.ts';
import { deployApp, endedJob } from './apps.ts';
import { signed } from './auth/sigv4.ts';
import { callLambda, functionsUrl } from './aws.ts';
import type { Job } from './client.ts';
import { stack } from './stack.ts';

/** Each deploys an app of its own. */
const SLOW = 240_000;

test('examples/events: an upload and an event on the bus each become a job, and nobody calls the API', {
  timeout: SLOW,
}, async () => {
  const { outputs, api } = await deployApp('examples/events/app.ts');
  const url = await api();

  const file = `${stack().endpoint_url}/${outputs.UploadsBucket}/cats/one.png`;
  const headers = signed(OWNER, 's3', 'PUT', file, 'a cat');
  expect((await fetch(file, { method: 'PUT', headers, body: 'a cat' })).status).toBe(200);
  const order = { order_id: 'o_1', email: 'ada@example.com' };
  await callEmulator(stack().endpoint_url, 'AWSEvents.PutEvents', {
    Entries: [{ Source: 'shop', DetailType: 'Order placed', Detail: JSON.stringify(order) }],
  });

  expect(await endedJob(url, 'check_upload')).toMatchObject({
    status: 'complete',
    queue: 'uploads',
    result: { accepted: `s3://${outputs.UploadsBucket}/cats/one.png` },
  });
  expect(await endedJob(url, 'send_receipt')).toMatchObject({
    status: 'complete',
    queue: 'default',
    result: { sent_to: 'ada@example.com' },
  });
});

test('examples/direct: a function of one’s own enqueues without the API, and one job for one key', {
  timeout: SLOW,
}, async () => {
  const { outputs, api } = await deployApp('examples/direct/app.ts');
  const signUp = async () => {
    const invoked = `${functionsUrl()}/${outputs.SignUpFunction}/invocations`;
    const answer = await callLambda(invoked, 'POST', JSON.stringify({ email: 'ada@example.com' }));
    return (await answer.json()) as { job_id: string; deduplicated: boolean };
  };

  const first = await signUp();
  const again = await signUp();

  expect(first).toMatchObject({ status: 'queued', deduplicated: false });
  expect(again).toMatchObject({ job_id: first.job_id, deduplicated: true });
  expect(await endedJob(await api(), 'send_welcome')).toMatchObject({
    job_id: first.job_id,
    status: 'complete',
    result: { sent_to: 'ada@example.com' },
  });
});

test('two sets of background jobs in one stack run beside each other, each with its own jobs', {
  timeout: SLOW,
}, async () => {
  const { api } = await deployApp('test/e2e/two-in-one-stack.ts');
  const [mail, video] = [await api('ApiUrl'), await api('VideoApiUrl')];
  const trigger = async (url: string, message: string): Promise<Job> => {
    const body = JSON.stringify({ message });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/tasks/trigger-test`, { method: 'POST', body, headers });
    return (await answer.json()) as Job;
  };

  const ofMail = await trigger(mail, 'mail');
  const ofVideo = await trigger(video, 'video');

  expect(await endedJob(mail, 'poc_test_task')).toMatchObject({ job_id: ofMail.job_id, status: 'complete' });
  expect(await endedJob(video, 'poc_test_task')).toMatchObject({ job_id: ofVideo.job_id, status: 'complete' });
  expect((await fetch(`${mail}/jobs/${ofVideo.job_id}`)).status).toBe(404);
});
