import { fileURLToPath } from 'node:url';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../lambdas/core/metrics.ts';
import { Api } from './api.ts';
import { type Auth, checkAuth, checkLimits, toAuth } from './auth.ts';
import type { BackgroundJobsProps } from './background-jobs-props.ts';
import { BudgetAlarm } from './budget.ts';
import { Bury } from './bury.ts';
import { grantKey, openKeyToLogs } from './encryption.ts';
import { grantAdmin } from './grant-admin.ts';
import { type JobFunction, queueUrls, type Wiring, wiringEnvironment } from './job-function.ts';
import { JobQueues } from './job-queues.ts';
import { JobsTable } from './jobs-table.ts';
import { jobMetric, type MetricOf, metricsNamespace } from './metrics.ts';
import { checkMachine } from './node-modules.ts';
import { DEFAULT_MAX_RECEIVE_COUNT, DEFAULT_QUEUES } from './queue-limits.ts';
import { checkRegion, loopsAllowed } from './regions.ts';
import { Sweep } from './sweep.ts';
import { watch } from './watch/watch.ts';
import { Worker } from './worker.ts';

/**
 * Background jobs: an HTTP API, job queues with a worker function each, and a table of job records.
 *
 * Every failed job ends on `deadLetters`, which holds it for 14 days. Nothing is billed by the hour. Nothing has a
 * fixed name, so any number of them fit in one account, and in one stack.
 * @throws Error for what AWS would refuse, there or anywhere, and for a public API that was not asked for in so many words
 */
export class BackgroundJobs extends Construct {
  /** Undefined where `frontDoor` is `function-url`. */
  readonly api: HttpApi | undefined;
  /** Where the API is; a function's own URL has a slash at its end. */
  readonly url: string;
  /** The table of job records, of keys and of limits. */
  readonly table: JobsTable;
  /** The job queues by name: what sends a message to one enqueues a job. */
  readonly queues: Readonly<Record<string, IQueue>>;
  /** The worker functions by the name of their queue: what a task needs of AWS is granted to one. */
  readonly workers: Readonly<Record<string, JobFunction>>;
  /** Failed jobs, and what never was one. */
  readonly deadLetters: IQueue;
  /** What no worker could handle, until the bury function has put it on `deadLetters`. */
  readonly undeliverable: IQueue;
  /** All functions: those of the API, of bury and of the sweep, then the workers. */
  readonly functions: readonly JobFunction[];
  /** The environment variables that `enqueueDirect` reads, for what is not a Lambda function: a container, an instance. */
  readonly environment: Readonly<Record<string, string>>;
  /** Namespace of the metrics of these jobs. Undefined where `metrics` is false. */
  readonly metricsNamespace: string | undefined;
  readonly #api: Api;
  readonly #auth: Auth;
  readonly #local: boolean;
  readonly #nodeModules: readonly string[];
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, props: BackgroundJobsProps = {}) {
    super(scope, id);
    const { local = false, maxReceiveCount = DEFAULT_MAX_RECEIVE_COUNT } = props;
    const auth = toAuth(props.auth ?? 'iam');
    checkAuth(auth, { local, mayBePublic: props.iUnderstandThisIsPublic === true });
    checkLimits(props.limits ?? {});
    checkRegion(this, props);

    this.metricsNamespace = keepsMetrics(props) ? metricsNamespace(this) : undefined;

    const retain = props.retain ?? !local;
    const { encryptionKey, pointInTimeRecovery } = props;
    if (encryptionKey) openKeyToLogs(this, encryptionKey);
    const table = new JobsTable(this, 'Table', { retain, pointInTimeRecovery, encryptionKey });
    const queues = new JobQueues(this, 'Queues', {
      queues: props.queues ?? DEFAULT_QUEUES,
      maxReceiveCount,
      enforceSSL: !local,
      retain,
      encryptionKey,
    });
    const wiring: Wiring = {
      entries: props.entries ?? fileURLToPath(new URL('../lambdas', import.meta.url)),
      folder: props.folder,
      nodeModules: props.nodeModules,
      local,
      table,
      queues: queues.byName,
      deadLetters: queues.deadLetters,
      logLevel: props.logLevel ?? 'INFO',
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      retainLogs: retain,
      architecture: props.architecture,
      metricsNamespace: this.metricsNamespace,
      tracing: props.tracing,
      recursiveLoop: loopsAllowed(this, { local }),
      encryptionKey,
    };

    if (props.nodeModules?.length && !local) checkMachine(this, wiring);
    const api = new Api(this, 'Api', {
      wiring,
      frontDoor: props.frontDoor,
      auth,
      limits: props.limits,
      fixedId: local,
      throttle: props.throttle ?? { rate: 100, burst: 200 },
      cors: props.cors,
      accessLogs: props.accessLogs,
      retainLogs: retain,
      undeliverable: queues.undeliverable,
      maxWaits: props.maxWaits,
      waitThrottle: props.waitThrottle ?? { rate: 50, burst: 100 },
    });
    const scopeOfWorkers = new Construct(this, 'Workers');
    const workers = Object.fromEntries(
      queues.jobs.map((jobs) => {
        const worker = new Worker(scopeOfWorkers, jobs.name, {
          ...jobs,
          wiring,
          maxReceiveCount,
          options: props.worker?.(jobs.name),
        });
        return [jobs.name, worker.function];
      }),
    );
    const bury = new Bury(this, 'Bury', { wiring, undeliverable: queues.undeliverable });
    const sweep = new Sweep(this, 'Sweep', { wiring });
    this.functions = [api.function, bury.function, sweep.function, ...Object.values(workers)];
    if (props.budget && !local) new BudgetAlarm(this, 'BudgetAlarm', props.budget);
    watch(this, props, {
      api: api.http,
      watched: {
        queues: wiring.queues,
        deadLetters: queues.deadLetters,
        undeliverable: queues.undeliverable,
        table,
        workers,
        sweep,
        apiErrors: api.errors,
        functions: {
          api: api.function,
          bury: bury.function,
          sweep: sweep.function,
          ...Object.fromEntries(Object.entries(workers).map(([queue, fn]) => [`worker-${queue}`, fn])),
        },
        metricsNamespace: this.metricsNamespace,
      },
    });

    this.#api = api;
    this.#auth = auth;
    this.#local = local;
    this.#nodeModules = props.nodeModules ?? [];
    this.#key = encryptionKey;
    this.api = api.http;
    this.url = api.url;
    this.table = table;
    this.queues = wiring.queues;
    this.workers = workers;
    this.deadLetters = queues.deadLetters;
    this.undeliverable = queues.undeliverable;
    this.environment = wiringEnvironment(this, wiring);
  }

  /** A job queue, by its name. @throws Error that names those there are */
  queue(name: string): IQueue {
    const queue = this.queues[name];
    if (queue !== undefined) return queue;
    throw new Error(`There is no queue '${name}'. There are: ${Object.keys(this.queues).join(', ')}.`);
  }

  /** A worker function, by the name of its queue. @throws Error that names those there are */
  worker(queue: string): JobFunction {
    const worker = this.workers[queue];
    if (worker !== undefined) return worker;
    throw new Error(`There is no queue '${queue}'. There are: ${Object.keys(this.queues).join(', ')}.`);
  }

  /** Lets a role or user of this account call the API, where `auth` is `iam`. What it then may do, `auth.callers` says. */
  grantInvoke(grantee: IGrantable): Grant {
    return this.#api.grantInvoke(grantee);
  }

  /**
   * Lets code of this account enqueue without the HTTP hop (`enqueueDirect`): it may put items into the table and send to the job queues,
   * and nothing else. It is an admin by that, in its own name, and has no limit.
   *
   * A function also gets what `enqueueDirect` reads from `environment`: `STINT_TABLE_NAME`, `STINT_QUEUES`, `STINT_DEAD_LETTERS_URL`.
   */
  grantEnqueue(grantee: IGrantable | lambda.Function): Grant {
    if (grantee instanceof lambda.Function)
      for (const [name, value] of Object.entries(this.environment)) grantee.addEnvironment(name, value);
    const queueArns = Object.values(this.queues).map((queue) => queue.queueArn);
    const put = Grant.addToPrincipal({ grantee, actions: ['dynamodb:PutItem'], resourceArns: [this.table.tableArn] });
    const send = Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: queueArns });
    return this.#withKey(grantee, put.combine(send));
  }

  /**
   * Lets people of this account look after the jobs: call the API (with `auth` as `iam`, as `grantInvoke` does), find the stack by its name,
   * read log lines, depths and dead letters, move those back to a job queue by SQS's own redrive, and with `auth` as `api-key` make and
   * revoke keys. Records it can neither read nor write but by the API.
   */
  grantAdmin(grantee: IGrantable): Grant {
    const { table, deadLetters, undeliverable, functions } = this;
    const administered = { auth: this.#auth, table, deadLetters, undeliverable, functions };
    const grant = grantAdmin(this, grantee, { ...administered, queues: Object.values(this.queues) });
    return this.#withKey(grantee, this.#auth.mode === 'iam' ? grant.combine(this.grantInvoke(grantee)) : grant);
  }

  /**
   * Makes outputs of the stack of what scripts and the command line read: `ApiUrl`, `TableName`, `Queues`, `DeadLettersUrl`,
   * `UndeliverableUrl`. `BackgroundJobsStack` calls it. `stint --stack NAME` finds the set whose outputs have no prefix.
   * @param prefix before each name, for a second set in one stack. Default none
   */
  addOutputs(prefix = ''): void {
    const stack = Stack.of(this);
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(stack, `${prefix}${name}`, { value, description });
    output('ApiUrl', this.url, 'The HTTP API');
    output('TableName', this.table.tableName, 'The table of job records');
    output('Queues', queueUrls(this, this.queues), 'Job queues: name → URL');
    output('DeadLettersUrl', this.deadLetters.queueUrl, 'Failed jobs, held 14 days');
    output('UndeliverableUrl', this.undeliverable.queueUrl, 'What no worker could handle, until it is buried');
    if (this.#local && this.#nodeModules.length > 0)
      output('NodeModules', this.#nodeModules.join(), 'What is installed beside the code of the functions');
    if (this.#local)
      output(
        'Functions',
        stack.toJsonString(
          this.functions.map(({ entry, functionName, logGroup }) => ({
            entry,
            name: functionName,
            log_group: logGroup.logGroupName,
          })),
        ),
        'The functions, each with its entry point and its log group',
      );
  }

  /**
   * What becomes of jobs, by the names of docs/observability.md: of a task in its queue; `succeeded` and `failed` also of a queue as a whole.
   * Default: the sum of five minutes, the average of what is measured.
   * @throws Error where `metrics` is false, or for a name that is not kept of a queue as a whole
   */
  metricJobs(name: MetricName, of: MetricOf, options?: MetricOptions): Metric {
    if (this.metricsNamespace !== undefined) return jobMetric(this.metricsNamespace, name, of, options);
    throw new Error(`There is no metric '${name}': metrics is false, or off by default (local, logLevel).`);
  }

  /** The messages of a job queue that wait to be taken. Those that are delayed do not count. Default: the most in five minutes. */
  metricDepth(queue: string, options?: MetricOptions): Metric {
    return this.queue(queue).metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  /**
   * How long the oldest message of a job queue has waited, in seconds. SQS leaves out what was received three times or more. Default: the
   * most in five minutes.
   */
  metricAge(queue: string, options?: MetricOptions): Metric {
    return this.queue(queue).metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', ...options });
  }

  /** What lies on `dead-letters`, those that somebody looks at included. Default: the most in five minutes. */
  metricDeadLetters(options?: MetricOptions): IMetric {
    const most = { statistic: 'Maximum', ...options };
    const waiting = this.deadLetters.metricApproximateNumberOfMessagesVisible(most);
    const lookedAt = this.deadLetters.metricApproximateNumberOfMessagesNotVisible(most);
    return sum('Dead letters', [waiting, lookedAt], options);
  }

  /** Invocations of all functions that failed: crashed, or ran out of time or memory. Default: the sum of five minutes. */
  metricErrors(options?: MetricOptions): IMetric {
    return sum(
      'Errors',
      this.functions.map((fn) => fn.metricErrors(options)),
      options,
    );
  }

  /** Invocations that Lambda refused for want of concurrency. Default: the sum of five minutes. */
  metricThrottles(options?: MetricOptions): IMetric {
    return sum(
      'Throttles',
      this.functions.map((fn) => fn.metricThrottles(options)),
      options,
    );
  }

  /** What reads or writes the table or a queue must be let use their key, too. */
  #withKey(grantee: IGrantable, grant: Grant): Grant {
    return this.#key ? grant.combine(grantKey(this, grantee, this.#key)) : grant;
  }
}

function sum(label: string, metrics: readonly Metric[], { period, ...options }: MetricOptions = {}): IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric]));
  const expression = Object.keys(usingMetrics).join('+');
  return new MathExpression({ expression, usingMetrics, label: options.label ?? label, ...(period && { period }) });
}

/** @throws Error where metrics are asked for whose lines Lambda would drop */
function keepsMetrics({ metrics, local = false, logLevel = 'INFO' }: BackgroundJobsProps): boolean {
  const carried = logLevel === 'DEBUG' || logLevel === 'INFO';
  if (metrics === true && !carried)
    throw new Error(
      `metrics: at logLevel ${logLevel} Lambda drops the lines that carry them. Set logLevel to INFO, or metrics to false.`,
    );
  return metrics ?? (carried && !local);
}
