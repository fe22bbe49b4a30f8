import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { signed } from '../../client/sigv4.ts';
import { OWNER } from '../local/emulator-api.ts';
import { aws } from './aws-cli.ts';
import { globalOptions } from './connect.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { findTarget, type Target } from './target.ts';

/** An event source mapping of Lambda: it takes a queue's messages to its worker. */
interface Mapping {
  readonly UUID: string;
  readonly EventSourceArn?: string;
  /** `Enabled`, `Disabled`, or on the way to one of them. */
  readonly State: string;
}

/** How the mappings of a stack are found and changed. */
interface Mappings {
  /** Name of the queue → its URL. */
  readonly queues: Readonly<Record<string, string>>;
  all(): Promise<readonly Mapping[]>;
  get(uuid: string): Promise<Mapping>;
  set(uuid: string, enabled: boolean): Promise<unknown>;
}

/** A change takes AWS some seconds up to a minute. */
const LONGEST_MS = 180_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Stops the workers of these queues, or starts them again, and waits until that is so. Jobs that run end; those that wait stay.
 * @throws CommandError for a queue that is not there, and where nothing but a URL is known of the stack
 */
export async function switchQueues(names: readonly string[], enabled: boolean, command: Command): Promise<void> {
  const mappings = mappingsOf(await findTarget(globalOptions(command)));
  const known = Object.keys(mappings.queues);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CommandError(EXIT.refused, `There is no queue '${unknown}': the stack has ${known.join(', ')}.`);
  const all = await mappings.all();
  const uuids = names.map((name) => uuidOf(all, name, mappings.queues[name] ?? ''));
  for (const uuid of uuids) await mappings.set(uuid, enabled);
  for (const uuid of uuids) await becomes(mappings, uuid, enabled ? 'Enabled' : 'Disabled');
}

/** The queues whose workers are stopped. @throws CommandError where nothing but a URL is known of the stack, or it does not tell */
export async function pausedQueues(target: Target): Promise<string[]> {
  const mappings = mappingsOf(target);
  const all = await mappings.all();
  const paused = Object.entries(mappings.queues).filter(([, url]) => mappingOf(all, url)?.State.startsWith('Disabl'));
  return paused.map(([name]) => name);
}

function mappingOf(all: readonly Mapping[], queueUrl: string): Mapping | undefined {
  const end = `:${queueUrl.split('/').at(-1)}`;
  return all.find(({ EventSourceArn = '' }) => EventSourceArn.endsWith(end));
}

function uuidOf(all: readonly Mapping[], queue: string, url: string): string {
  const found = mappingOf(all, url);
  if (found === undefined) throw new CommandError(EXIT.refused, `Queue '${queue}' has no worker: is it deployed?`);
  return found.UUID;
}

async function becomes(mappings: Mappings, uuid: string, state: string): Promise<void> {
  for (const deadline = Date.now() + LONGEST_MS; (await mappings.get(uuid)).State !== state; await sleep(LOOK_EVERY_MS))
    if (Date.now() > deadline)
      throw new CommandError(EXIT.timeout, `It is not ${state} within ${LONGEST_MS / 1000} s. It may become so yet.`);
}

function mappingsOf(target: Target): Mappings {
  switch (target.kind) {
    case 'local':
      return localMappings(target.outputs.endpoint_url, target.outputs.queues);
    case 'stack':
      return awsMappings(target.queues);
    case 'url':
      throw new CommandError(EXIT.usage, 'A queue is paused in its stack, not by the API: name it with --stack NAME.');
  }
}

function awsMappings(queues: Mappings['queues']): Mappings {
  const lambda = (...args: string[]) => aws('lambda', ...args);
  return {
    queues,
    all: async () =>
      ((await lambda('list-event-source-mappings')) as { readonly EventSourceMappings: Mapping[] }).EventSourceMappings,
    get: async (uuid) => (await lambda('get-event-source-mapping', '--uuid', uuid)) as Mapping,
    set: (uuid, enabled) =>
      lambda('update-event-source-mapping', '--uuid', uuid, enabled ? '--enabled' : '--no-enabled'),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
function localMappings(endpoint: string, queues: Mappings['queues']): Mappings {
  const ask = async (method: 'GET' | 'PUT', uuid = '', input?: object): Promise<unknown> => {
    const url = `${endpoint}/2015-03-31/event-source-mappings/${uuid}`;
    const body = input === undefined ? undefined : JSON.stringify(input);
    const headers = await signed({ method, url, body }, OWNER, { region: 'us-east-1', service: 'lambda' }, new Date());
    const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) }).catch((cause) => {
      throw new CommandError(EXIT.unreachable, `${endpoint} does not answer. Is npm start running?`, { cause });
    });
    if (!answer.ok) throw new CommandError(EXIT.failed, `${url} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    queues,
    all: async () => ((await ask('GET')) as { readonly EventSourceMappings: Mapping[] }).EventSourceMappings,
    get: async (uuid) => (await ask('GET', uuid)) as Mapping,
    set: (uuid, enabled) => ask('PUT', uuid, { Enabled: enabled }),
  };
}
