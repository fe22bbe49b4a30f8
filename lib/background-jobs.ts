import { fileURLToPath } from 'node:url';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { checkAuth, checkLimits, toAuth } from './auth.ts';
import type { BackgroundJobsProps } from './background-jobs-props.ts';
import { Bury } from './bury.ts';
import { type JobFunction, queueUrls, type Wiring } from './job-function.ts';
import { JobQueues } from './job-queues.ts';
import { JobsTable } from './jobs-table.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from './queue-limits.ts';
import { Sweep } from './sweep.ts';
import { Worker } from './worker.ts';

/**
 * Background jobs: an HTTP API, job queues with a worker function each, and a table of job records.
 *
 * Every failed job ends on `deadLetters`, which holds it for 14 days. Nothing is billed by the hour. Nothing has a
 * fixed name, so any number of them fit in one account, and in one stack.
 * @throws Error for queues that AWS would refuse, and for a public API that was not asked for in so many words
 */
export class BackgroundJobs extends Construct {
  /** Undefined where `frontDoor` is `function-url`. */
  readonly api: HttpApi | undefined;
  /** Where the API is; a function's own URL has a slash at its end. */
  readonly apiUrl: string;
  readonly table: JobsTable;
  /** The job queues by name. */
  readonly queues: Readonly<Record<string, IQueue>>;
  /** Failed jobs, and what never was one. */
  readonly deadLetters: IQueue;
  /** What no worker could handle, until the bury function has put it on `deadLetters`. */
  readonly undeliverable: IQueue;
  /** All of them, the workers last. */
  readonly functions: readonly JobFunction[];
  readonly #grantInvoke: (grantee: IGrantable) => Grant;
  readonly #wiring: Wiring;

  constructor(scope: Construct, id: string, props: BackgroundJobsProps) {
    super(scope, id);
    const { local = false, maxReceiveCount = DEFAULT_MAX_RECEIVE_COUNT } = props;
    const auth = toAuth(props.auth ?? 'iam');
    checkAuth(auth, { local, mayBePublic: props.iUnderstandThisIsPublic === true });
    checkLimits(props.limits ?? {});

    const retain = props.retain ?? !local;
    const table = new JobsTable(this, 'Table', { retain, pointInTimeRecovery: props.pointInTimeRecovery });
    const queues = new JobQueues(this, 'Queues', { queues: props.queues, maxReceiveCount, enforceSSL: !local, retain });
    const wiring: Wiring = {
      entries: props.entries ?? fileURLToPath(new URL('../lambdas', import.meta.url)),
      table,
      queues: queues.byName,
      deadLetters: queues.deadLetters,
      logLevel: props.logLevel ?? 'INFO',
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      retainLogs: retain,
      architecture: props.architecture,
    };

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
    const workers = queues.jobs.map(
      (jobs) => new Worker(scopeOfWorkers, jobs.name, { ...jobs, wiring, maxReceiveCount }),
    );
    const bury = new Bury(this, 'Bury', { wiring, undeliverable: queues.undeliverable });
    const sweep = new Sweep(this, 'Sweep', { wiring });
    this.functions = [api, bury, sweep, ...workers].map((part) => part.function);
    if (props.alarms ?? !local)
      new Alarms(this, 'Alarms', {
        deadLetters: queues.deadLetters,
        undeliverable: queues.undeliverable,
        workers: workers.map((worker) => worker.function),
        functions: this.functions,
        maxWorkerInvocationsPerHour: props.maxWorkerInvocationsPerHour ?? 100_000,
        actions: [...(props.alarmActions ?? []), ...topicAction(this, props.alarmTopicArn)],
      });

    this.#wiring = wiring;
    this.api = api.http;
    this.apiUrl = api.url;
    this.table = table;
    this.queues = wiring.queues;
    this.deadLetters = queues.deadLetters;
    this.undeliverable = queues.undeliverable;
    this.#grantInvoke = (grantee) => api.grantInvoke(grantee);
  }

  /** Lets a role or user of this account call the API, where `auth` is `iam`. What it then may do, `auth.callers` says. */
  grantInvoke(grantee: IGrantable): Grant {
    return this.#grantInvoke(grantee);
  }

  /**
   * Lets code of this account enqueue without the HTTP hop (`enqueueDirect` of lambdas/enqueue-direct.ts): it may put items into
   * the table and send to the job queues, and nothing else. It is an admin by that, in its own name, and has no limit.
   *
   * A function also gets the environment variables that `enqueueDirect` reads: `TABLE_NAME`, `QUEUES`, `DEAD_LETTERS_URL`.
   */
  grantEnqueue(grantee: IGrantable | lambda.Function): Grant {
    const { table, queues, deadLetters } = this.#wiring;
    if (grantee instanceof lambda.Function) {
      grantee.addEnvironment('TABLE_NAME', table.tableName);
      grantee.addEnvironment('QUEUES', queueUrls(this, queues));
      grantee.addEnvironment('DEAD_LETTERS_URL', deadLetters.queueUrl);
    }
    const queueArns = Object.values(queues).map((queue) => queue.queueArn);
    const put = Grant.addToPrincipal({ grantee, actions: ['dynamodb:PutItem'], resourceArns: [table.tableArn] });
    return put.combine(Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: queueArns }));
  }
}

const topicAction = (scope: Construct, arn: string | undefined): SnsAction[] =>
  arn === undefined ? [] : [new SnsAction(Topic.fromTopicArn(scope, 'AlarmTopic', arn))];
