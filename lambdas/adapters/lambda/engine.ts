import * as z from 'zod';
import en from 'zod/v4/locales/en.js';
import { bulkTask } from '../../core/bulk.ts';
import type { State } from '../../core/context.ts';
import type { Engine } from '../../core/engine.ts';
import type { Hooks } from '../../core/hooks.ts';
import type { DeadLetters } from '../../core/ports.ts';
import { createRegistry } from '../../core/registry.ts';
import type { AnyTask } from '../../core/task.ts';
import { type AwsClients, awsClients } from '../aws-clients.ts';
import { dynamoDbJobStore } from '../dynamodb/job-store.ts';
import { dynamoDbPayloads } from '../dynamodb/payload-store.ts';
import { jsonLog } from '../json-log.ts';
import { sqsDeadLetters, sqsQueues } from '../sqs/queues.ts';
import { systemChance, systemClock } from '../system.ts';
import { outliveStrayRejections } from './stray-rejections.ts';

/** What a project brings: its tasks and its hooks. */
export interface Project {
  readonly tasks: readonly AnyTask[];
  readonly hooks: Hooks;
}

/** An engine on AWS, as the stack's environment variables describe it. A function instance has one client of each kind. */
export function awsEngine(
  project: Project,
  { items, documents, sqs }: AwsClients = awsClients(),
): Engine & { readonly deadLetters: DeadLetters } {
  z.config(en()); // the star import of zod leaves its messages out
  const table = variable('STINT_TABLE_NAME');
  const deadLettersUrl = variable('STINT_DEAD_LETTERS_URL');
  const engine: Engine & { readonly deadLetters: DeadLetters } = {
    tasks: createRegistry(project.tasks, [bulkTask(() => engine)]),
    hooks: project.hooks,
    state: {} as State, // `startup` fills it, as its declaration promises
    store: dynamoDbJobStore(items, table),
    payloads: dynamoDbPayloads(documents, table),
    queues: sqsQueues(sqs, JSON.parse(variable('STINT_QUEUES')) as Record<string, string>, deadLettersUrl),
    deadLetters: sqsDeadLetters(sqs, deadLettersUrl),
    clock: systemClock,
    chance: systemChance,
    log: jsonLog(),
  };
  return engine;
}

/** The engine of a function of the stack, whose process outlives what tasks and hooks let go astray. */
export function functionEngine(project: Project, clients?: AwsClients): ReturnType<typeof awsEngine> {
  const engine = awsEngine(project, clients);
  outliveStrayRejections(engine.log);
  return engine;
}

/** An environment variable that the stack sets. @throws Error where it is not set */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(
      `The environment variable ${name} is not set: deploy the stack again, or give a function of yours \`grantEnqueue\`.`,
    );
  return value;
}
