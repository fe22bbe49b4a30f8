import * as z from 'zod';
import { callEmulator } from './emulator-api.ts';

const groupsSchema = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })) });
const eventsSchema = z.object({ events: z.array(z.object({ timestamp: z.number(), message: z.string() })) });

/** The last lines that any function of the emulator logged since `sinceMillis`, oldest first; empty if it cannot tell. */
export async function functionLogTail(endpoint: string, sinceMillis: number, lines = 20): Promise<string[]> {
  try {
    const groups = groupsSchema.parse(await callEmulator(endpoint, 'Logs_20140328.DescribeLogGroups', {}));
    const events = await Promise.all(
      groups.logGroups.map(async ({ logGroupName }) => {
        const input = { logGroupName, startTime: sinceMillis };
        return eventsSchema.parse(await callEmulator(endpoint, 'Logs_20140328.FilterLogEvents', input)).events;
      }),
    );
    const inOrder = events.flat().sort((a, b) => a.timestamp - b.timestamp);
    return inOrder.map(({ message }) => message.trimEnd()).slice(-lines);
  } catch {
    return []; // It only adds to an error that is told anyway.
  }
}
