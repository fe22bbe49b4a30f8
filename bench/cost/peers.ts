import { PRICES } from '../prices.ts';
import { type Bill, dollars, NOTHING, sum } from './bill.ts';

/** Another way to run the same job on AWS. */
export interface Peer {
  readonly name: string;
  /** Of one plain job, enqueued alone and enqueued with a hundred. */
  readonly single: number;
  readonly batched: number;
  /** What it takes, and what it lacks that Stint's price includes. */
  readonly is: string;
}

/** Size of a small job's input and result together, as durable functions keep them. */
const PAYLOAD_BYTES = 500;
/** A no-op in a function of its own invocation, with no call of AWS to wait for. */
const NO_OP_MS = 3;
const NO_OP: Bill = { ...NOTHING, invocations: 1, gbSeconds: (NO_OP_MS / 1000) * 0.25 };

/**
 * The same job by other means, by the same prices. Where one does what Stint does, it is given Stint's own time and log lines,
 * so that it does not lose by a worse guess.
 */
export function peers({ single, batched, run }: { single: Bill; batched: Bill; run: Bill }): readonly Peer[] {
  // Stint's own job without the index entry of its put.
  const recorded = (bill: Bill) => dollars({ ...bill, writeUnits: bill.writeUnits - 1 });
  const queueOnly: Bill = { ...run, writeUnits: 0, gbSeconds: NO_OP.gbSeconds / 10 };
  const straightToSqs: Bill = { ...NOTHING, apiRequests: 1, sqsRequests: 1 };
  const starts: Bill = { ...NOTHING, apiRequests: 1 };
  const states = dollars(sum(starts, NO_OP));
  const front: Bill = { ...NOTHING, apiRequests: 1, invocations: 1, gbSeconds: single.gbSeconds - run.gbSeconds };
  const durable = 2 * PRICES.lambdaDurableOperation + PAYLOAD_BYTES * PRICES.lambdaDurableByteWritten;
  const ofHundred = (bill: Bill): Bill => ({
    ...bill,
    apiRequests: bill.apiRequests / 100,
    invocations: bill.invocations / 100,
  });
  return [
    {
      name: 'SQS + Lambda, hand-wired',
      single: recorded(sum(single, run)),
      batched: recorded(sum(batched, run)),
      is: 'the same functions, a record put, claimed and finished: three write units. No lists; retries, schedules, aborts yours to write',
    },
    {
      name: 'SQS + Lambda, no records',
      single: dollars(sum(straightToSqs, queueOnly)),
      batched: dollars(sum({ ...straightToSqs, apiRequests: 0, sqsRequests: 0.1 }, queueOnly)),
      is: 'gateway straight into SQS (batched: SendMessageBatch by the caller, no gateway). No status, result or deduplication; a redelivery runs again',
    },
    {
      name: 'Step Functions, standard',
      single: states + 2 * PRICES.stepFunctionsTransition,
      batched: states + 2 * PRICES.stepFunctionsTransition,
      is: 'gateway straight into StartExecution, one task state: two transitions. An execution each, so no batches',
    },
    {
      name: 'Step Functions, express',
      single: states + PRICES.stepFunctionsExpressRequest + 0.1 * (64 / 1024) * PRICES.stepFunctionsExpressGbSecond,
      batched: states + PRICES.stepFunctionsExpressRequest + 0.1 * (64 / 1024) * PRICES.stepFunctionsExpressGbSecond,
      is: 'the same, at 100 ms and 64 MB: no record of it but logs, which are not counted here; no buffer before the function',
    },
    {
      name: 'Lambda durable functions',
      single: dollars(sum(front, NO_OP)) + durable,
      batched: dollars(sum(ofHundred(front), NO_OP)) + durable,
      is: 'an execution and one step: two operations. A function before it takes the request; no buffer, no lists',
    },
  ];
}
