/**
 * Whether a burst drains at a steady rate: `npm run bench:burst [-- jobs] [-- --write]`. A local cloud of its own, the real
 * stack in it; the worker's queue is filled while nothing receives it, then opened. Rates come from the records' own times.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { bootstrapCdk, deploy } from '../../bin/local/deploy.ts';
import { startEmulator } from '../../bin/local/emulator.ts';
import { freePort } from '../../bin/local/free-port.ts';
import { documentClient, sqsClient } from '../../lambdas/adapters/aws-clients.ts';
import { awsEngine } from '../../lambdas/adapters/lambda/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { queues } from '../../lambdas/queues.ts';
import { tasks } from '../../lambdas/tasks/index.ts';
import { machine, publish, table } from '../figures.ts';

const JOBS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 5_000);
/** Run before anything is measured: the functions are warm then, as in the middle of a day. */
const WARM_UP = 100;
const AT_ONCE = 16;
const SLICES = 10;
/** A last slice that is so much slower than the first is a rate that falls, not noise. */
const LEAST_RATIO = 0.5;

interface Stack {
  readonly endpoint: string;
  readonly queueUrl: string;
  readonly table: string;
}

/** Deploys the project's own stack into an emulator that keeps nothing. */
async function startStack(cleanup: AsyncDisposableStack): Promise<Stack> {
  const root = dirname(dirname(import.meta.dirname));
  const dir = mkdtempSync(join(tmpdir(), 'stint-bench-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  const files = { stateDir: join(dir, 'state'), log: join(dir, 'emulator.log') };
  const emulator = await startEmulator({ root, port: await freePort(), persist: false, ...files });
  cleanup.defer(() => emulator.stop());
  const options = {
    root,
    endpoint: emulator.endpoint,
    context: { local: 'true' },
    assemblyDir: join(dir, 'cdk.out'),
    log: join(dir, 'cdk.log'),
  };
  await bootstrapCdk(options);
  const outputs = await deploy(options);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    STINT_TABLE_NAME: outputs.TableName,
    STINT_QUEUES: outputs.Queues,
    STINT_DEAD_LETTERS_URL: outputs.DeadLettersUrl,
    LOG_LEVEL: 'WARN',
  });
  const urls = JSON.parse(outputs.Queues ?? '{}') as Record<string, string>;
  return { endpoint: emulator.endpoint, queueUrl: urls.default ?? '', table: outputs.TableName ?? '' };
}

/** Opens or closes the tap between the queue and its worker. */
async function receive({ endpoint, queueUrl }: Stack, enabled: boolean): Promise<void> {
  const mappings = `${endpoint}/2015-03-31/event-source-mappings`;
  const listed = (await (await fetch(`${mappings}/`)).json()) as {
    EventSourceMappings: readonly { UUID: string; EventSourceArn: string }[];
  };
  const name = queueUrl.split('/').at(-1) ?? '';
  const mapping = listed.EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn.endsWith(`:${name}`));
  if (mapping === undefined) throw new Error('The worker has no event source mapping.');
  const answer = await fetch(`${mappings}/${mapping.UUID}`, {
    method: 'PUT',
    body: JSON.stringify({ Enabled: enabled }),
  });
  if (!answer.ok) throw new Error(`The mapping was not changed: ${await answer.text()}`);
}

async function enqueueJobs(count: number): Promise<void> {
  const engine = awsEngine({ tasks, hooks: {} });
  let begun = 0;
  const some = async () => {
    while (begun++ < count) await enqueue(engine, 'poc_test_task', { message: 'one of many' });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}

async function drained({ queueUrl }: Stack): Promise<void> {
  const sqs = sqsClient();
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  for (;;) {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
    );
    if (names.every((name) => Attributes?.[name] === '0')) return;
    await sleep(1_000);
  }
}

/** When each job was complete, in order; what is not complete is told by its status. */
async function ends({ table }: Stack): Promise<{ times: number[]; others: string[] }> {
  const times: number[] = [];
  const others: string[] = [];
  const scan = {
    TableName: table,
    ProjectionExpression: '#status, completed_at',
    FilterExpression: 'attribute_exists(#status)',
    ExpressionAttributeNames: { '#status': 'status' },
  };
  for await (const { Items = [] } of paginateScan({ client: documentClient() }, scan))
    for (const { status, completed_at } of Items)
      if (status === 'complete') times.push(Number(completed_at));
      else others.push(String(status));
  return { times: times.sort((a, b) => a - b), others };
}

await using cleanup = new AsyncDisposableStack();
const stack = await startStack(cleanup);
await enqueueJobs(WARM_UP);
await drained(stack);
await receive(stack, false);
const filling = Date.now();
await enqueueJobs(JOBS);
const filled = Date.now();
await receive(stack, true);
await drained(stack);
const { times, others } = await ends(stack);
if (times.length !== JOBS + WARM_UP)
  throw new Error(`${times.length} jobs are complete, and others ${others.join(', ')}.`);

const burst = times.slice(WARM_UP);
const size = JOBS / SLICES;
const rates = Array.from({ length: SLICES }, (_, slice) => {
  const began = burst[Math.max(0, slice * size - 1)] ?? 0;
  const ended = burst[(slice + 1) * size - 1] ?? 0;
  return (size * 1000) / (ended - began);
});
const ratio = (rates.at(-1) ?? 0) / (rates[0] ?? 1);
const whole = (JOBS * 1000) / ((burst.at(-1) ?? 0) - (burst[0] ?? 0));
const { batchSize, maxConcurrency } = queues.default;
publish(
  'endurance',
  'burst',
  `${[
    `${JOBS.toLocaleString('en')} jobs of \`poc_test_task\` on the local cloud: ${machine()}; a queue of batches of ${batchSize}, ${maxConcurrency} workers at once.`,
    `Enqueued at ${Math.round((JOBS * 1000) / (filled - filling))} jobs/s, drained at ${Math.round(whole)} jobs/s, all complete.`,
  ].join('\n')}\n\n${table(
    ['slice', 'jobs/s'],
    rates.map((rate, i) => [`${i * 10}–${(i + 1) * 10} %`, rate.toFixed(0)]),
  )}\n\nLast slice / first slice: ${ratio.toFixed(2)}`,
);
if (ratio < LEAST_RATIO) {
  console.error(`The rate falls: below ${LEAST_RATIO}.`);
  process.exitCode = 1;
}
