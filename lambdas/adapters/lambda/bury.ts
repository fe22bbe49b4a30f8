import { buryUndeliverable } from '../../core/bury.ts';
import { sqsClient } from '../aws-clients.ts';
import { awsEngine, type Project } from './engine.ts';
import { type BatchHandler, queueHandler } from './queue-handler.ts';

/** The Lambda that drains `undeliverable`: each message ends on `dead-letters`, its job failed. */
export function buryHandler(project: Project): BatchHandler {
  const engine = awsEngine(project);
  // It hands nothing back: what it leaves comes back when its visibility ends.
  return queueHandler(sqsClient(), '', engine.clock, (delivery) => buryUndeliverable(engine, delivery));
}
