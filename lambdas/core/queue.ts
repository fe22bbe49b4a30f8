/**
 * A queue: an SQS queue with its worker Lambda. Plain data, read by the CDK stack and by the functions.
 * A task names its queue with `queue: '…'`.
 */
export interface Queue {
  /** Longest run of one invocation, in seconds (1–900). Tasks of the queue must fit in it, with 2 s to spare. */
  readonly timeoutSeconds: number;
  /** Memory of the worker in MB (128–10240). CPU grows with it. */
  readonly memoryMb: number;
  /** Messages handed to one invocation (1–10). They run side by side in one process. */
  readonly batchSize: number;
  /** Invocations at once (2–1000). A new AWS account has 10 for all its functions. */
  readonly maxConcurrency: number;
}
