import { randomUUID } from 'node:crypto';
import {
  type Client,
  ClientError,
  EnqueueManyError,
  type JobHandle,
  type NewJob,
  type TaskTypes,
} from '../../client/index.ts';
import { EXIT } from './exit-code.ts';
import { type JobLine, jobLines, sizeOfLines } from './job-lines.ts';
import { type ProgressBar, progressBar } from './progress-bar.ts';
import { count, err, inOneLine, out, outJson } from './terminal.ts';

interface Order {
  readonly file: string;
  readonly task: string | undefined;
  readonly jobOptions: Partial<NewJob<TaskTypes>>;
  readonly idempotencyKey: string | undefined;
  readonly json: boolean;
}

/** The API's bound on a batch. */
const BATCH = 1_000;
/** Batches on their way at once: what one answer takes, others use. */
const SIDE_BY_SIDE = 3;

type Sent = readonly (readonly [JobLine, JobHandle | ClientError | string])[];

/**
 * Enqueues the jobs of a file as it is read, each by itself, and tells of them in order: the ids on standard output, what was refused with
 * the number of its line on standard error. Under one idempotency key no line makes a second job, as long as the file stays the same.
 */
export async function enqueueLines(client: Client<TaskTypes>, order: Order): Promise<void> {
  const size = sizeOfLines(order.file);
  const key = order.idempotencyKey ?? randomUUID();
  const tally = { enqueued: 0, refused: 0 };
  const bar = progressBar();
  const tell = async (sent: Promise<Sent> | undefined) => {
    const rows = (await sent) ?? [];
    for (const row of rows) tellOf(row, order.json, tally, bar);
    show(rows.at(-1)?.[0].bytes ?? 0);
  };
  const show = (bytes: number) =>
    bar.show(size === undefined ? undefined : bytes / size, `${count(tally.enqueued, 'job')} enqueued`);
  const sendAll = async () => {
    const onTheirWay: Promise<Sent>[] = [];
    for await (const batch of batchesOf(jobLines(order.file, order.task, order.jobOptions))) {
      const sent = sendBatch(client, batch, `${key}.${batch[0]?.number}`);
      sent.catch(() => undefined); // told when its turn comes
      if (onTheirWay.push(sent) >= SIDE_BY_SIDE) await tell(onTheirWay.shift());
      else show(0);
    }
    for (const sent of onTheirWay) await tell(sent);
  };
  await brokenOffInWords(sendAll, () => {
    bar.end();
    const sure = `${count(tally.enqueued, 'job')} enqueued for sure`;
    err(`Broken off, with ${sure}. To go on, run it again with --idempotency-key ${key}`);
  });
  bar.end();
  const refused = tally.refused === 0 ? '' : `, ${count(tally.refused, 'line')} refused`;
  if (!order.json) err(`${count(tally.enqueued, 'job')} enqueued${refused}.`);
  if (tally.refused > 0) process.exitCode = EXIT.failed;
}

/** Does the work; if it fails, or Ctrl-C ends it, says first what is to be known then. */
async function brokenOffInWords(work: () => Promise<void>, say: () => void): Promise<void> {
  const interrupted = () => {
    say();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    await work();
  } catch (error) {
    say();
    throw error;
  } finally {
    process.off('SIGINT', interrupted);
  }
}

async function* batchesOf(lines: AsyncIterable<JobLine>): AsyncGenerator<JobLine[]> {
  let batch: JobLine[] = [];
  for await (const line of lines) {
    if (batch.push(line) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(client: Client<TaskTypes>, batch: readonly JobLine[], idempotencyKey: string): Promise<Sent> {
  const jobs = batch.flatMap(({ job }) => (typeof job === 'string' ? [] : [job]));
  const outcomes = await outcomesOf(client, jobs, idempotencyKey);
  let next = 0;
  return batch.map(
    (line) => [line, typeof line.job === 'string' ? line.job : (outcomes[next++] ?? 'no answer')] as const,
  );
}

async function outcomesOf(
  client: Client<TaskTypes>,
  jobs: readonly NewJob<TaskTypes>[],
  idempotencyKey: string,
): Promise<readonly (JobHandle | ClientError)[]> {
  if (jobs.length === 0) return [];
  try {
    return (await client.enqueueMany(jobs as never, { idempotencyKey })) as JobHandle[];
  } catch (error) {
    if (error instanceof EnqueueManyError) return error.outcomes;
    throw error;
  }
}

function tellOf(
  [line, outcome]: Sent[number],
  json: boolean,
  tally: { enqueued: number; refused: number },
  bar: ProgressBar,
): void {
  if (typeof outcome !== 'string' && !(outcome instanceof ClientError)) {
    tally.enqueued++;
    if (json) outJson({ line: line.number, ...outcome });
    else out(outcome.job_id);
    return;
  }
  tally.refused++;
  const message = typeof outcome === 'string' ? outcome : outcome.message;
  bar.end();
  if (json) outJson({ line: line.number, error: message });
  else err(`line ${line.number}: ${inOneLine(message)}`);
}
