import { signed } from '../../client/sigv4.ts';

/** Whom every emulator takes for the owner of its account. */
export const OWNER = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** The prefixes of operations, and the services that signatures name. */
const SERVICES = {
  AWSEvents: 'events',
  DynamoDB_20120810: 'dynamodb',
  Logs_20140328: 'logs',
  AmazonSQS: 'sqs',
  AmazonSSM: 'ssm',
} as const;

type Operation = `${keyof typeof SERVICES}.${string}`;

/**
 * Calls an operation of a JSON protocol on the emulator, for example `DynamoDB_20120810.UpdateTimeToLive`, as its owner: the few
 * calls around a deploy need no SDK. Throws with the answer if it is an error.
 */
export async function callEmulator(endpoint: string, operation: Operation, input: object): Promise<unknown> {
  const body = JSON.stringify(input);
  const service = SERVICES[operation.split('.')[0] as keyof typeof SERVICES];
  const request = { method: 'POST', url: endpoint, body } as const;
  const signature = await signed(request, OWNER, { region: 'us-east-1', service }, new Date());
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { ...signature, 'x-amz-target': operation, 'content-type': 'application/x-amz-json-1.1' },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new EmulatorError(operation, response.status, text);
  return text === '' ? {} : JSON.parse(text);
}

export class EmulatorError extends Error {
  readonly answer: string;

  constructor(operation: string, status: number, answer: string) {
    super(`${operation} answered ${status}: ${answer}`);
    this.name = 'EmulatorError';
    this.answer = answer;
  }
}
