import { dirname } from 'node:path';
import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { accept } from './accepted-findings.ts';
import { BUNDLE, type Entry } from './bundling.ts';
import { grantKey } from './encryption.ts';
import { entryFile } from './entry-file.ts';
import { environmentProblems } from './environment-size.ts';
import type { JobsTable } from './jobs-table.ts';
import { machineOf } from './node-modules.ts';
import { projectLockFile, projectModules } from './project-folder.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What all functions of one stack share. */
export interface Wiring {
  /** The folder of the entry points. */
  readonly entries: string;
  /** The folder of tasks and hooks. Default: what the entry points import is theirs. */
  readonly folder?: string | undefined;
  /** Packages that are installed beside the bundles. Default: none. */
  readonly nodeModules?: readonly string[] | undefined;
  /** Whether functions run on the machine that makes them. Default false. */
  readonly local?: boolean;
  readonly table: JobsTable;
  /** The job queues by name. */
  readonly queues: Readonly<Record<string, sqs.IQueue>>;
  readonly deadLetters: sqs.IQueue;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly logRetention: logs.RetentionDays;
  /** Whether log groups outlive the stack. Default false. */
  readonly retainLogs?: boolean;
  /** Whether X-Ray traces the functions. Default false. */
  readonly tracing?: boolean | undefined;
  /**
   * What Lambda's loop detection is told. Default: nothing. A job that sends jobs passes through queue, function, queue: after 16 such hops Lambda would
   * refuse to go on, and let the message run out of receives. The depth of such chains is bounded by our own count instead.
   */
  readonly recursiveLoop?: string | undefined;
  /** Namespace of the metrics of jobs. Undefined: none are kept. */
  readonly metricsNamespace?: string | undefined;
  /** Default `arm64`. */
  readonly architecture?: 'arm64' | 'x86_64' | undefined;
  /** Of table, queues and log groups. Default: AWS's own keys. */
  readonly encryptionKey?: IKey | undefined;
}

export interface JobFunctionProps extends WorkerOptions {
  readonly wiring: Wiring;
  readonly entry: Entry;
  /** Shown in the console. */
  readonly description: string;
  readonly timeout: Duration;
  /** CPU grows with it. */
  readonly memoryMb: number;
  /** Beside what all functions have: `wiringEnvironment`, `LOG_LEVEL`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How AWS retries an asynchronous call of it. Default: it is not called that way. */
  readonly asynchronous?: Pick<lambda.EventInvokeConfigOptions, 'retryAttempts' | 'maxEventAge'>;
}

/**
 * A Lambda function of the stack: Node 24 on arm64, one bundled ESM file, with a role and a log group of its own.
 *
 * The role starts with the right to write to that log group and no other (AWS's managed policy would allow every group
 * of the account); `allow` adds to it. The function has no reserved concurrency: a new account has ten for everything,
 * and reserving some fails the deploy there.
 */
export class JobFunction extends NodejsFunction {
  readonly entry: Entry;

  constructor(scope: Construct, id: string, props: JobFunctionProps) {
    const { wiring } = props;
    const lockFile = projectLockFile(wiring);
    // A name that CloudFormation makes: a group named after the function would be made again by
    // the last invocation of a deleted one, and block the next deploy (aws-cdk#32689, #34612).
    const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
      retention: wiring.logRetention,
      removalPolicy: wiring.retainLogs ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      ...(wiring.encryptionKey && { encryptionKey: wiring.encryptionKey }),
    });
    const role = new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (wiring.encryptionKey) grantKey(scope, role, wiring.encryptionKey);
    if (props.vpc) grantNetwork(role);

    super(scope, id, {
      entry: entryFile(props.entry, wiring),
      handler: 'handler',
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: wiring.architecture === 'x86_64' ? lambda.Architecture.X86_64 : lambda.Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      role,
      logGroup,
      // CDK grants X-Ray's two actions with it.
      ...(wiring.tracing && { tracing: lambda.Tracing.ACTIVE }),
      loggingFormat: lambda.LoggingFormat.JSON,
      // Without START, END and REPORT: they would cost more than the queue.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      applicationLogLevelV2: lambda.ApplicationLogLevel[wiring.logLevel],
      projectRoot: dirname(lockFile),
      depsLockFilePath: lockFile,
      bundling: bundlingOf(wiring),
      ...inVpc(props),
      environment: {
        ...wiringEnvironment(scope, wiring),
        LOG_LEVEL: wiring.logLevel,
        ...props.environment,
      },
      ...props.asynchronous,
    });
    this.entry = props.entry;
    const fn = this.node.defaultChild as lambda.CfnFunction;
    fn.recursiveLoop = wiring.recursiveLoop; // not CDK's prop, which takes no condition
    this.node.addValidation({ validate: () => environmentProblems(fn) });
    accept(this, 'noFunctionDeadLetters');
    if (wiring.tracing) accept(role, 'tracesHaveNoResource');
    else accept(this, 'noTracing');
    if (props.vpc) accept(role, 'interfacesHaveNoResource');
  }

  /** Grants the named actions on the named resources, and nothing beside. */
  allow(actions: readonly string[], resourceArns: readonly string[]): void {
    iam.Grant.addToPrincipal({ grantee: this, actions: [...actions], resourceArns: [...resourceArns] });
  }
}

/** Where the jobs of a stack are kept and sent, for the environment of whatever enqueues or runs them. */
export function wiringEnvironment(
  scope: Construct,
  { table, queues, deadLetters }: Pick<Wiring, 'table' | 'queues' | 'deadLetters'>,
): Record<'STINT_TABLE_NAME' | 'STINT_QUEUES' | 'STINT_DEAD_LETTERS_URL', string> {
  return {
    STINT_TABLE_NAME: table.tableName,
    STINT_QUEUES: queueUrls(scope, queues),
    STINT_DEAD_LETTERS_URL: deadLetters.queueUrl,
  };
}

/** JSON of queue name → URL, for an environment variable or an output. */
export function queueUrls(scope: Construct, queues: Readonly<Record<string, sqs.IQueue>>): string {
  const urls = Object.entries(queues).map(([name, queue]) => [name, queue.queueUrl]);
  return Stack.of(scope).toJsonString(Object.fromEntries(urls));
}

/** What tells a function that ends jobs to count them. */
export const metricsEnvironment = ({ metricsNamespace }: Wiring): Readonly<Record<string, string>> =>
  metricsNamespace === undefined ? {} : { STINT_METRICS_NAMESPACE: metricsNamespace };

/** What CDK is told of a function's place in a VPC, and of its disk. */
function inVpc({ vpc, vpcSubnets, securityGroups, ephemeralStorageSize }: WorkerOptions): lambda.FunctionOptions {
  return {
    ...(vpc && { vpc }),
    ...(vpcSubnets && { vpcSubnets }),
    ...(securityGroups && { securityGroups: [...securityGroups] }),
    ...(ephemeralStorageSize && { ephemeralStorageSize }),
  };
}

/**
 * Lets Lambda make the network interfaces of a function, in the name of its role; not the code in it, whose requests bear the function's
 * ARN. AWS's managed policy for this would open every log group, too.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function grantNetwork(role: iam.IRole): void {
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resourceArns: ['*'],
    conditions: { Null: { 'lambda:SourceFunctionArn': 'true' } },
  });
}

function bundlingOf({ folder, nodeModules = [], architecture, local }: Wiring): BundlingOptions {
  const { alias, ...bundle } = BUNDLE;
  const aliases = { ...alias, ...(folder !== undefined && projectModules(folder)) };
  return {
    ...bundle,
    esbuildArgs: Object.fromEntries(Object.entries(aliases).map(([name, file]) => [`--alias:${name}`, file])),
    bundleAwsSDK: true,
    format: OutputFormat.ESM,
    sourceMap: false,
    logLevel: LogLevel.WARNING,
    ...(nodeModules.length > 0 && { nodeModules: [...nodeModules], environment: local ? {} : machineOf(architecture) }),
  };
}
