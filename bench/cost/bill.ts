import { PRICES } from '../prices.ts';
import type { Used } from './meter.ts';

/** CloudWatch Logs bills each line with so much beside its bytes. */
export const LINE_OVERHEAD = 26;

/** How an operation is run, beside the calls that it makes. */
export interface Run {
  /** Requests of API Gateway, each with an invocation of the API's function. */
  readonly api?: number;
  /** Invocations of the worker, each with SQS's receive and delete of its batch. */
  readonly worker?: number;
  /** Of all these invocations together: assumed, for no emulator knows AWS's. */
  readonly ms: number;
  /** Of the function. */
  readonly memoryMb: number;
  /** Jobs, for a figure of each. */
  readonly per?: number;
}

/** What is billed, of one job or one call. */
export interface Bill {
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly sqsRequests: number;
  readonly gbSeconds: number;
  readonly logBytes: number;
  readonly apiRequests: number;
  readonly invocations: number;
}

export function billOf(used: Used, { api = 0, worker = 0, ms, memoryMb, per = 1 }: Run): Bill {
  return scale(1 / per, {
    calls: Object.values(used.calls).reduce((sum, count) => sum + count, 0),
    readUnits: used.readUnits,
    writeUnits: used.writeUnits,
    sqsRequests: used.sqsRequests + 2 * worker,
    gbSeconds: (ms / 1000) * (memoryMb / 1024),
    logBytes: used.logBytes + used.logLines * LINE_OVERHEAD,
    apiRequests: api,
    invocations: api + worker,
  });
}

export function sum(...bills: readonly Bill[]): Bill {
  const [first, ...rest] = bills;
  if (first === undefined) throw new Error('There is no bill.');
  return rest.reduce((all, bill) => each((key) => all[key] + bill[key]), first);
}

/** The parts of a bill in dollars. */
export function parts(bill: Bill): Record<'api' | 'requests' | 'time' | 'sqs' | 'table' | 'logs', number> {
  return {
    api: bill.apiRequests * PRICES.httpApiRequest,
    requests: bill.invocations * PRICES.lambdaRequest,
    time: bill.gbSeconds * PRICES.lambdaGbSecondArm,
    sqs: bill.sqsRequests * PRICES.sqsRequest,
    table: bill.readUnits * PRICES.dynamoDbReadUnit + bill.writeUnits * PRICES.dynamoDbWriteUnit,
    logs: bill.logBytes * PRICES.logsByte,
  };
}

export function dollars(bill: Bill): number {
  return Object.values(parts(bill)).reduce((sum, part) => sum + part, 0);
}

export const NOTHING: Bill = each(() => 0);

export function scale(factor: number, bill: Bill): Bill {
  return each((key) => bill[key] * factor);
}

function each(value: (key: keyof Bill) => number): Bill {
  return {
    calls: value('calls'),
    readUnits: value('readUnits'),
    writeUnits: value('writeUnits'),
    sqsRequests: value('sqsRequests'),
    gbSeconds: value('gbSeconds'),
    logBytes: value('logBytes'),
    apiRequests: value('apiRequests'),
    invocations: value('invocations'),
  };
}
