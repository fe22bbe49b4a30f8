import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from '../lambdas/core/queue.ts';
import type { AuthProp, PrincipalLimits } from './auth.ts';
import type { Budget } from './budget.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Requests that API Gateway lets through; beyond them it answers 429 itself. */
export interface Throttle {
  /** Requests a second, in the long run. */
  readonly rate: number;
  /** Requests at once. */
  readonly burst: number;
}

/** Whom browsers let call the API. */
export interface Cors {
  /** Such as `https://app.example.org`; `*` for any. */
  readonly origins: readonly string[];
  /** Whether cookies and HTTP authentication go along. Not with the origin `*`. Default false. */
  readonly credentials?: boolean;
}

/** Where requests come in: an API Gateway HTTP API, or the API function's own URL. */
export type FrontDoor = 'http-api' | 'function-url';

/** What a set of background jobs can be told. Everything has a default. */
export interface BackgroundJobsProps {
  /**
   * The folder of your tasks and hooks: `tasks/index.ts` (or `tasks.ts`), which exports `tasks`, and `hooks.ts`, which exports `hooks` and
   * may be missing. Relative to the folder that `cdk` is called in. Default: the tasks that ship with Stint.
   */
  readonly folder?: string;
  /**
   * The job queues by name. Each gets a worker function.
   *
   * Default: one, `default`, of 60 seconds and 512 MB, in batches of 10, five at once.
   */
  readonly queues?: Readonly<Record<string, Queue>>;
  /**
   * What the worker of a queue has beside what its queue says: a VPC, a larger `/tmp`. Default: nothing. docs/queues.md
   * has an example.
   */
  readonly worker?: (queue: string) => WorkerOptions | undefined;
  /**
   * Packages that are installed beside the bundle of each function rather than put into it, for they hold compiled code: `['sharp']`. Each
   * is a dependency of the project. Default: none. docs/queues.md says for which machine they are installed.
   */
  readonly nodeModules?: readonly string[];
  /** Folder of the entry points `api.ts`, `worker.ts`, `bury.ts` and `sweep.ts`. Default: Stint's own. */
  readonly entries?: string;
  /**
   * Who may call the API: docs/auth.md has each way, with its commands.
   *
   * `iam` (the default): callers of this account who sign their requests (SigV4) and hold `execute-api:Invoke`.
   * `api-key`: bearers of a key that `npm run stint -- keys create` made. `{ mode: 'jwt', … }`: bearers of a token of an
   * OpenID Connect issuer. `none`: anyone; refused unless `local` or `iUnderstandThisIsPublic` is set.
   */
  readonly auth?: AuthProp;
  /**
   * What each caller may do, beside what `throttle` lets through of all; beyond it the API answers 429. Default: no limits.
   *
   * A request of a caller with a limit costs one or two write units of DynamoDB ($0.63 a million).
   */
  readonly limits?: PrincipalLimits;
  /** Says that anyone on the internet may run your tasks, at your cost. Default false. */
  readonly iUnderstandThisIsPublic?: boolean;
  /**
   * Whether the stack goes to the local cloud. Default false.
   *
   * There queues take plain http, the API's id stays the same from deploy to deploy, and no alarms are made: the
   * emulator knows none on expressions, and has nobody to tell.
   */
  readonly local?: boolean;
  /**
   * Where requests come in. Default `http-api`.
   *
   * `function-url` costs nothing a request, but has no throttle (`throttle` and `waitThrottle` do not apply), no `jwt`,
   * and with `iam` asks for a signature (service `lambda`) on every route, `/health` too. China and GovCloud have none.
   */
  readonly frontDoor?: FrontDoor;
  /**
   * Whether what holds data (table, queues, logs) outlives the stack, and the table refuses to be deleted. Default: true, but
   * false when `local`.
   */
  readonly retain?: boolean;
  /**
   * A KMS key of yours that encrypts table, queues, log groups and the topic of `alarmSubscribers`. Default: the keys of DynamoDB, SQS and CloudWatch themselves, which cost
   * nothing and need no rights.
   *
   * The functions, and whoever `grantEnqueue` and `grantAdmin` name, may use it by way of DynamoDB and SQS only. docs/deploy.md says what a
   * key from elsewhere must allow, and what it costs.
   */
  readonly encryptionKey?: IKey;
  /** Whether the table can be restored to any second of the last 35 days. Default true. It is billed by the GB. */
  readonly pointInTimeRecovery?: boolean;
  /**
   * Whether alarms are made: docs/runbook.md has a section for each. Default: true, but false when `local`. They cost $0.10 a month
   * for each metric in them: $2.20 with one queue, $0.60 more with each other one.
   */
  readonly alarms?: boolean;
  /**
   * Whether X-Ray traces the functions. Default false: a trace is billed ($5 a million), and a job can be followed by its `trace_id`
   * without. docs/observability.md says what it shows. Lambda in China has none.
   */
  readonly tracing?: boolean;
  /** Whether a CloudWatch dashboard is made, at $3 a month. Default false; the stage `prod` has one. */
  readonly dashboard?: boolean;
  /**
   * Whether metrics of each task are kept in CloudWatch: `started`, `succeeded`, `failed`, `retried`, `aborted`, `duration`, `wait_time`,
   * `attempts`. Default: true, but false when `local`, or when `logLevel` is WARN or ERROR, at which Lambda drops the lines that carry them.
   *
   * Each is billed $0.30 a month, by the hour in which it was used: a task that runs all day and does not fail costs $1.50, and
   * its queue another $0.30. docs/observability.md has all of them.
   */
  readonly metrics?: boolean;
  /** Whether API Gateway writes a line for each request, those that it refuses among them. Default false. */
  readonly accessLogs?: boolean;
  /** What the functions run on. Default `arm64`, which costs less; some regions have `x86_64` only. */
  readonly architecture?: 'arm64' | 'x86_64';
  /** How long log lines are kept. Default: a month. */
  readonly logRetention?: RetentionDays;
  /** The least severe lines that are logged. Default `INFO`. */
  readonly logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /**
   * Deliveries of a message before SQS moves it to `undeliverable`, 1–1000. Default 100.
   *
   * It counts deliveries that were throttled or handed back too, not attempts: so it is high, and above every task's
   * `maxAttempts`.
   */
  readonly maxReceiveCount?: number;
  /** What the API lets through in all. Default: 100 requests a second, 200 at once. */
  readonly throttle?: Throttle;
  /**
   * What `GET /jobs/{job_id}` lets through. Default: 50 requests a second, 100 at once.
   *
   * Apart, for each may hold a function for the seconds of its `?wait=`, which costs, and takes from the account's
   * concurrency that the workers live on.
   */
  readonly waitThrottle?: Throttle;
  /**
   * How many callers may wait at once for a job's end (`?wait=`), 0–100. Default 3. Beyond them the record is answered at
   * once. Each holds one of the account's concurrent calls, of which a new account has ten: five are for the default queue, and two left for all other calls.
   */
  readonly maxWaits?: number;
  /** Lets pages of these origins call the API from a browser. Default: none may. The local cloud's gateway ignores it. */
  readonly cors?: Cors;
  /** More failed jobs of a queue than this, of a hundred that ended within 15 minutes, sound the alarm `Failures`, from five on. Default 10. */
  readonly maxFailurePercent?: number;
  /**
   * A message of a job queue that is older sounds the alarm `Age`. Default 1,800. A delay (up to 900 s) counts, and so does the run
   * of the job.
   */
  readonly maxQueueAgeSeconds?: number;
  /** More invocations of all workers in an hour than this sound the `Runaway` alarm. Default 100,000. */
  readonly maxWorkerInvocationsPerHour?: number;
  /** What a month should not cost, and who is told. Default: none. There is none when `local`; GovCloud, which has no budgets, refuses it. */
  readonly budget?: Budget;
  /** What every alarm tells when it begins and ends, such as an `SnsAction`. Default: nobody; alarms can be seen in the console. */
  readonly alarmActions?: readonly IAlarmAction[];
  /** ARN of an SNS topic that every alarm tells, beside `alarmActions`. Default: none. */
  readonly alarmTopicArn?: string | undefined;
  /**
   * Mail addresses and `https://` URLs that every alarm tells, by an SNS topic that the stack makes. Default: none. Each must confirm:
   * SNS writes to it first.
   */
  readonly alarmSubscribers?: readonly string[];
}
