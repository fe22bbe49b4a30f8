import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  type Client,
  createClient,
  NotAllowedError,
  type Stats,
  type TaskDescription,
  type TaskTypes,
} from '../../client/index.ts';
import { packagesAreFresh } from '../local/node-packages.mjs';
import { findPython } from '../local/venv.mjs';
import { pausedQueues } from './queue-switch.ts';
import { lengthOf } from './relative-time.ts';
import {
  authOf,
  describeTarget,
  findTarget,
  IS_PACKAGE,
  OUTPUTS,
  PROJECT,
  type Target,
  type TargetOptions,
} from './target.ts';
import { count } from './terminal.ts';

/** Something that was looked at, and what to do about it. */
export interface Finding {
  readonly state: 'well' | 'doubtful' | 'wrong';
  readonly what: string;
  readonly cure?: string;
}

const well = (what: string): Finding => ({ state: 'well', what });
const doubtful = (what: string, cure: string): Finding => ({ state: 'doubtful', what, cure });
const wrong = (what: string, cure: string): Finding => ({ state: 'wrong', what, cure });

/** What is needed on this machine. */
export function checkMachine(options: TargetOptions): Finding[] {
  return [well(`Node ${process.versions.node}`), ...(IS_PACKAGE ? [] : [packages(), python()]), awsCommand(options)];
}

const packages = (): Finding =>
  packagesAreFresh(PROJECT)
    ? well('the packages are those of package-lock.json')
    : doubtful('the packages are not those of package-lock.json', 'npm start installs them; or npm ci.');

function python(): Finding {
  try {
    return well(`Python: ${findPython()}`);
  } catch (error) {
    return doubtful((error as Error).message, 'Only the local stack (npm start) needs it.');
  }
}

function awsCommand({ stack = process.env.STINT_STACK }: TargetOptions): Finding {
  try {
    return well(execFileSync('aws', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim());
  } catch {
    const cure = 'Install it: https://aws.amazon.com/cli.';
    if (stack !== undefined) return wrong('the command `aws` is missing or broken: --stack needs it', cure);
    return doubtful(
      'the command `aws` is missing or broken',
      `Only --stack, logs on AWS and --profile need it. ${cure}`,
    );
  }
}

/** The stack that is meant, from the outside in: is it named, does it answer, whom does it take us for, how does it do. */
export async function* checkStack(options: TargetOptions): AsyncGenerator<Finding> {
  let target: Target;
  try {
    target = await findTarget(options);
  } catch (error) {
    yield wrong('no stack to look at', (error as Error).message);
    return;
  }
  yield well(describeTarget(target));
  const client = createClient({ url: target.url, auth: await authOf(target), retry: { maxRetries: 1 } });
  const tasks = await client.tasks().catch((error: unknown) => error as Error);
  if (tasks instanceof Error) {
    yield unanswered(tasks, target);
    return;
  }
  yield well(`it answers, and has ${count(tasks.length, 'task')}`);
  if (target.kind === 'local') yield await checkTasks(tasks);
  yield* checkOperations(client);
  if (target.kind !== 'url') yield await checkWorkers(target);
}

/** Whether somebody has stopped workers: no deploy starts them again. */
async function checkWorkers(target: Target): Promise<Finding> {
  try {
    const paused = await pausedQueues(target);
    if (paused.length === 0) return well('no queue is paused');
    return doubtful(
      `paused: ${paused.join(', ')}`,
      `Their jobs wait, 14 days at most. To go on: stint resume ${paused.join(' ')}.`,
    );
  } catch (error) {
    const cure = 'To look takes the right lambda:ListEventSourceMappings.';
    return doubtful(`whether a queue is paused is not known: ${(error as Error).message}`, cure);
  }
}

function unanswered(error: Error, target: Target): Finding {
  if (error instanceof NotAllowedError) {
    const cure =
      process.env.STINT_KEY === undefined
        ? 'Set STINT_KEY to an API key (stint keys create) or a token; or, where auth is iam, sign in to AWS and choose --profile: docs/auth.md.'
        : 'STINT_KEY is not taken: revoked, expired, or of another stack? Without it, requests to AWS are signed with your AWS credentials.';
    return wrong(`it does not let you in: ${error.message}`, cure);
  }
  if (target.kind === 'local')
    return wrong(error.message, `${OUTPUTS} names it, but it does not answer: start it with npm start.`);
  return wrong(error.message, 'Is the URL right, and is the network open to it?');
}

/** Whether what runs is what is written here. */
async function checkTasks(deployed: readonly TaskDescription[]): Promise<Finding> {
  const index = `${PROJECT}/${IS_PACKAGE ? 'jobs' : 'lambdas'}/tasks/index.ts`;
  if (!existsSync(index)) return doubtful(`${index} is missing`, 'It names the tasks of this project.');
  try {
    const { tasks } = (await import(index)) as { tasks: readonly { name: string }[] };
    const names = new Set(deployed.map(({ name }) => name));
    const missing = tasks.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    if (missing.length === 0) return well('the tasks of this folder are deployed');
    return doubtful(
      `not deployed yet: ${missing.join(', ')}`,
      IS_PACKAGE ? 'Deploy the app again.' : 'npm start deploys them.',
    );
  } catch (error) {
    return wrong(
      `the tasks of this folder cannot be loaded: ${(error as Error).message}`,
      `Fix ${index}, or what it imports.`,
    );
  }
}

async function* checkOperations(client: Client<TaskTypes>): AsyncGenerator<Finding> {
  const stats = await client.stats().catch((error: unknown) => error as Error);
  if (stats instanceof NotAllowedError) yield well('you are a user here: you see your own jobs, not the queues');
  else if (stats instanceof Error)
    yield wrong(`no stats: ${stats.message}`, "Look into the log of the API's function.");
  else {
    yield well('you are an admin here');
    yield* queueFindings(stats);
  }
}

/** So long a job that is due may wait before something is amiss. */
const PATIENCE_SECONDS = 300;

export function* queueFindings({ dead_letters, undeliverable, oldest_waiting }: Stats): Generator<Finding> {
  const dead = dead_letters.ready + dead_letters.in_flight;
  const lost = undeliverable.ready + undeliverable.in_flight;
  if (dead > 0)
    yield doubtful(count(dead, 'dead letter'), 'stint dead-letters shows why; once fixed: stint redrive --all.');
  if (lost > 0)
    yield wrong(
      `${count(lost, 'message')} that no worker could claim`,
      'A broken deploy, an outage or throttling: look into the log of the workers (stint logs JOB).',
    );
  if (oldest_waiting !== null && oldest_waiting.seconds > PATIENCE_SECONDS)
    yield doubtful(
      `job ${oldest_waiting.job_id} (${oldest_waiting.task_name}) has been due for ${lengthOf(oldest_waiting.seconds)}`,
      'Is its queue paused? Else more jobs than workers, or workers that stand still: stint stats, stint watch.',
    );
  if (dead === 0 && lost === 0) yield well('the queues of failures are empty');
}
