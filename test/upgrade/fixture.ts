import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { dynamoDbPayloads } from '../../lambdas/adapters/dynamodb/payload-store.ts';
import { fixedChance } from '../../lambdas/adapters/memory/clock.ts';
import type { Chance } from '../../lambdas/core/ports.ts';
import { create } from '../../lambdas/core/protocol.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import type { AnyTask } from '../../lambdas/core/task.ts';
import { type World, world } from '../world/world.ts';
import { play, SCENES, type SceneName } from './scenes.ts';

type Item = Record<string, unknown>;

/** What a version left behind of one job: items as DynamoDB holds them, message bodies as SQS does. */
export interface Fixture {
  /** When it was written, and all of it is to be read. */
  readonly now: number;
  readonly record: Item | null;
  readonly payloads: readonly Item[];
  /** What is in the queues; `in` milliseconds it becomes visible. */
  readonly messages: readonly { readonly queue: string; readonly in: number; readonly body: unknown }[];
  readonly dead_letters: readonly unknown[];
}

const FIXTURES = join(import.meta.dirname, 'fixtures');
const fileOf = (version: string, scene: string) => join(FIXTURES, version, `${scene.replaceAll(' ', '-')}.json`);

/** The folders of fixtures, oldest first: `v1`, `v2`, … */
export const versions = (): readonly string[] =>
  readdirSync(FIXTURES).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));

export const readFixture = (version: string, scene: SceneName): Fixture =>
  JSON.parse(readFileSync(fileOf(version, scene), 'utf8')) as Fixture;

/** The scenes that a version knew: a later one may know more. */
export const scenesOf = (version: string): readonly SceneName[] =>
  (Object.keys(SCENES) as SceneName[]).filter((scene) => existsSync(fileOf(version, scene)));

/** What today's code writes for a scene. */
export async function writeFixture(scene: SceneName): Promise<Fixture> {
  const { w, jobId } = await play(scene);
  const now = w.clock.now();
  const record = jobId === undefined ? undefined : w.records.get(jobId);
  const payloads = [...w.payloads.stored].map(([key, { json, ttl }]) =>
    sentItem((client) => dynamoDbPayloads(client, 'table').put(key, json, ttl)),
  );
  return {
    now,
    record: record === undefined ? null : await itemOf(record),
    payloads: await Promise.all(payloads),
    messages: [...w.queues.queues].flatMap(([queue, messages]) =>
      messages.map(({ body, visibleAt }) => ({ queue, in: visibleAt - now, body: JSON.parse(body) as unknown })),
    ),
    dead_letters: w.queues.deadLetters.map(({ body }) => JSON.parse(body) as unknown),
  };
}

async function itemOf(record: JobRecord): Promise<Item> {
  const put = (client: unknown) =>
    dynamoDbJobStore(client as DynamoDBClient, 'table').apply(record.job_id, create, { record });
  return unmarshall((await sentItem(put)) as Record<string, AttributeValue>);
}

/** The item that an adapter puts. */
async function sentItem(put: (client: DynamoDBDocumentClient) => Promise<unknown>): Promise<Item> {
  let item: Item = {};
  const client = {
    send: async ({ input }: { input: { Item: Item } }) => {
      item = input.Item;
      return {};
    },
  };
  await put(client as unknown as DynamoDBDocumentClient);
  return item;
}

/** Ids and tokens that no fixture has: theirs come from `fixedChance`, too. */
function otherChance(): Chance {
  const fixed = fixedChance();
  return { ...fixed, id: (now) => fixed.id(now).replace('-8000-', '-8001-'), token: () => `today-${fixed.token()}` };
}

/** A world in which a version has left this behind, and today's code goes on with these tasks. */
export async function worldAfter(fixture: Fixture, tasks: readonly AnyTask[]): Promise<World> {
  const w = world({ tasks, chance: otherChance() });
  await w.clock.advance(fixture.now - w.clock.now());
  if (fixture.record !== null) {
    const Item = marshall(fixture.record);
    const client = { send: async () => ({ Item }) } as unknown as DynamoDBClient;
    const record = await dynamoDbJobStore(client, 'table').get(String(fixture.record.pk));
    if (record !== undefined) w.records.set(record.job_id, record);
  }
  for (const { pk, json, ttl } of fixture.payloads)
    w.payloads.stored.set(String(pk), { json: String(json), ttl: Number(ttl) });
  for (const message of fixture.messages)
    await w.queues.send(message.queue, JSON.stringify(message.body), message.in / 1000);
  for (const body of fixture.dead_letters) await w.queues.bury(JSON.stringify(body), 'as it was buried');
  return w;
}

/** What has keys, of which types, at which depth. Which words a text holds and which number, is no shape; `v` and `status` are. */
export function shapeOf(value: unknown, key = ''): unknown {
  if (key === 'v' || key === 'status') return value;
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  if (Array.isArray(value)) return value.map((each) => shapeOf(each));
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, shapeOf(each, name)]),
  );
}

/** Writes a version's fixtures: once. They are never written again, for what they stand for is in people's tables. */
export async function freeze(version: string): Promise<number> {
  if (existsSync(join(FIXTURES, version)))
    throw new Error(`The fixtures of ${version} are there. Old shapes stay as they are: write the next version.`);
  mkdirSync(join(FIXTURES, version), { recursive: true });
  const scenes = Object.keys(SCENES) as SceneName[];
  for (const scene of scenes)
    writeFileSync(fileOf(version, scene), `${JSON.stringify(await writeFixture(scene), null, 2)}\n`);
  return scenes.length;
}
