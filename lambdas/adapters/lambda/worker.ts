import { deliver } from '../../core/deliver.ts';
import { runHooks } from '../../core/hooks.ts';
import { removeLeftOver } from '../../core/temp-dir.ts';
import { awsClients } from '../aws-clients.ts';
import { meterOf } from '../emf-meter.ts';
import { functionEngine, type Project, variable } from './engine.ts';
import { registerExtension } from './extension.ts';
import { type BatchHandler, queueHandler } from './queue-handler.ts';

/**
 * The worker Lambda of one queue: runs each message's job. `startup` hooks run once, before the first job; `shutdown` hooks
 * on SIGTERM.
 */
export async function workerHandler(project: Project): Promise<BatchHandler> {
  const stop = new AbortController();
  const clients = awsClients();
  const aws = functionEngine(project, clients);
  const meter = meterOf(aws);
  const engine = { ...aws, meter, shutdown: stop.signal };
  const { log, state } = engine;
  const queue = variable('QUEUE_NAME');
  const settings = { queue, maxReceiveCount: Number(variable('MAX_RECEIVE_COUNT')) };
  const url = (JSON.parse(variable('STINT_QUEUES')) as Record<string, string>)[queue] ?? '';

  removeLeftOver();
  process.on('SIGTERM', () => {
    stop.abort();
    // The process has half a second: hooks that need longer are cut off.
    void runHooks(engine, 'shutdown', { state, log }, 450).finally(() => process.exit(0));
  });
  await registerExtension(process.env.AWS_LAMBDA_RUNTIME_API, (problem) =>
    log.debug('shutdown hooks will not run', { problem }),
  );

  let started: Promise<void> | undefined;
  const answer = async (...[delivery, end]: Parameters<Parameters<typeof queueHandler>[3]>) => {
    started ??= runHooks(engine, 'startup', { state, log });
    await started;
    return deliver(engine, settings, delivery, end);
  };
  return queueHandler(clients.sqs, url, engine.clock, answer, meter?.flush);
}
