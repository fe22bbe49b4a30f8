import { buryUndeliverable } from '../../core/bury.ts';
import type { Delivery } from '../../core/ports.ts';
import { awsClients } from '../aws-clients.ts';
import { meterOf } from '../emf-meter.ts';
import { functionEngine, type Project } from './engine.ts';
import { type BatchHandler, queueHandler } from './queue-handler.ts';

/** The Lambda that drains `undeliverable`: each message ends on `dead-letters`, its job failed. */
export function buryHandler(project: Project): BatchHandler {
  const clients = awsClients();
  const aws = functionEngine(project, clients);
  const meter = meterOf(aws);
  const engine = { ...aws, meter };
  // It hands nothing back: what it leaves comes back when its visibility ends.
  const answer = (delivery: Delivery) => buryUndeliverable(engine, delivery);
  return queueHandler(clients.sqs, '', engine.clock, answer, meter?.flush);
}
