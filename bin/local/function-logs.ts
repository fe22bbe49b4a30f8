import * as z from 'zod';
import { callEmulator } from './emulator-api.ts';
import type { LogEvent } from './log-line.ts';

/** Events are stored a moment after the time that they bear. */
const LATE_BY_MS = 2_000;

const groupsSchema = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })) });
const eventsSchema = z.object({
  events: z.array(z.object({ timestamp: z.number(), message: z.string(), logStreamName: z.string() })),
});
type StoredEvent = z.infer<typeof eventsSchema>['events'][number];

/** The last lines that any function of the emulator logged since `sinceMillis`, oldest first; empty if it cannot tell. */
export async function functionLogTail(endpoint: string, sinceMillis: number, lines = 20): Promise<string[]> {
  try {
    const groups = groupsSchema.parse(await callEmulator(endpoint, 'Logs_20140328.DescribeLogGroups', {}));
    const events = await Promise.all(
      groups.logGroups.map(({ logGroupName }) => eventsSince(endpoint, logGroupName, sinceMillis)),
    );
    const inOrder = events.flat().sort((a, b) => a.timestamp - b.timestamp);
    return inOrder.map(({ message }) => message.trimEnd()).slice(-lines);
  } catch {
    return []; // It only adds to an error that is told anyway.
  }
}

export interface LogFollower {
  /** What was logged since the last call, oldest first. The emulator has the lines of an invocation when that ends. */
  next(): Promise<LogEvent[]>;
}

/** Follows log groups from `sinceMillis` on. Each event comes once. */
export function followLogs(
  endpoint: string,
  groups: () => readonly { entry: string; log_group: string }[],
  sinceMillis: number,
): LogFollower {
  let since = sinceMillis;
  /** Stream → time of its events. The emulator stores the lines of one invocation at once, in a stream of their own. */
  const told = new Map<string, number>();
  return {
    next: async () => {
      const found = await Promise.all(
        groups().map(async ({ entry, log_group }) => {
          const events = await eventsSince(endpoint, log_group, since);
          const fresh = events.filter(({ logStreamName }) => !told.has(logStreamName));
          return fresh.map((event) => ({ ...event, from: entry }));
        }),
      );
      const fresh = found.flat();
      for (const { logStreamName, timestamp } of fresh) told.set(logStreamName, timestamp);
      for (const { timestamp } of fresh) since = Math.max(since, timestamp - LATE_BY_MS);
      for (const [stream, time] of told) if (time < since) told.delete(stream);
      return inOrderOfWriting(fresh);
    },
  };
}

/** A line of ours bears the time it was written; another gets that of the line that it was written after. */
function inOrderOfWriting(events: readonly (StoredEvent & LogEvent)[]): LogEvent[] {
  const last = new Map<string, number>();
  return events
    .map(({ timestamp, message, from, logStreamName }) => {
      const written = /^\{"timestamp":"([^"]+)"/.exec(message)?.[1];
      if (written !== undefined) last.set(logStreamName, Date.parse(written));
      return { timestamp: last.get(logStreamName) ?? timestamp, message, from };
    })
    .sort((a, b) => a.timestamp - b.timestamp);
}

async function eventsSince(endpoint: string, logGroupName: string, startTime: number): Promise<StoredEvent[]> {
  const answer = await callEmulator(endpoint, 'Logs_20140328.FilterLogEvents', { logGroupName, startTime });
  return eventsSchema.parse(answer).events;
}
