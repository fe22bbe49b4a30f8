import { callEmulator } from '../local/emulator-api.ts';
import { aws } from './aws-cli.ts';
import { CommandError } from './exit-code.ts';
import type { Target } from './target.ts';
import { err } from './terminal.ts';

/** A line that a function logged of a job. */
export interface LogLine {
  readonly raw: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The lines of a job since a time, oldest first, as far as they have arrived. */
export type ReadLines = (jobId: string, sinceMillis: number) => Promise<LogLine[]>;

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

/** What reads the logs of a stack: of its functions' groups the lines that name the job. Says once of each group that it may not be read. */
export async function openLogs(target: Exclude<Target, { kind: 'url' }>): Promise<ReadLines> {
  const read = target.kind === 'local' ? await localGroups(target.outputs.endpoint_url) : await groupsOf(target.stack);
  return async (jobId, sinceMillis) => {
    const events = (await Promise.all(read.map((ask) => ask(jobId, sinceMillis)))).flat();
    return events.sort((a, b) => a.timestamp - b.timestamp).flatMap(({ message }) => linesOf(message, jobId));
  };
}

type Ask = (jobId: string, sinceMillis: number) => Promise<readonly Event[]>;

/** An event holds a line, or several where the emulator took them together. */
function linesOf(message: string, jobId: string): LogLine[] {
  return message.split('\n').flatMap((raw) => {
    const fields = parsed(raw.slice(Math.max(0, raw.indexOf('{'))));
    return fields?.job_id === jobId ? [{ raw, fields }] : [];
  });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // A line of something else than our log.
  }
}

async function localGroups(endpoint: string): Promise<Ask[]> {
  const answer = (await callEmulator(endpoint, 'Logs_20140328.DescribeLogGroups', {})) as {
    logGroups: { logGroupName: string }[];
  };
  return answer.logGroups.map(({ logGroupName }) => async (_jobId, startTime) => {
    const events: Event[] = [];
    let nextToken: string | undefined;
    do {
      const input = { logGroupName, startTime, ...(nextToken !== undefined && { nextToken }) };
      const page = (await callEmulator(endpoint, 'Logs_20140328.FilterLogEvents', input)) as {
        events: Event[];
        nextToken?: string;
      };
      events.push(...page.events);
      nextToken = page.nextToken === nextToken ? undefined : page.nextToken;
    } while (nextToken !== undefined);
    return events;
  });
}

interface Resources {
  readonly StackResourceSummaries?: readonly { ResourceType: string; PhysicalResourceId: string }[];
}

/** Below it is what API Gateway wrote: of requests, not of jobs. */
const ACCESS_LOGS = '/aws/vendedlogs/';

async function groupsOf(stack: string): Promise<Ask[]> {
  const { StackResourceSummaries = [] } = (await aws(
    'cloudformation',
    'list-stack-resources',
    '--stack-name',
    stack,
  )) as Resources;
  const groups = StackResourceSummaries.filter(
    ({ ResourceType, PhysicalResourceId: name }) =>
      ResourceType === 'AWS::Logs::LogGroup' && !name.startsWith(ACCESS_LOGS),
  ).map(({ PhysicalResourceId }) => PhysicalResourceId);
  const refused = new Set<string>();
  return groups.map((group) => async (jobId, sinceMillis) => {
    if (refused.has(group)) return [];
    const filter = ['--start-time', String(sinceMillis), '--filter-pattern', `{ $.job_id = "${jobId}" }`];
    try {
      const answer = await aws('logs', 'filter-log-events', '--log-group-name', group, ...filter);
      return (answer as { events?: Event[] }).events ?? [];
    } catch (error) {
      if (!(error instanceof CommandError && error.message.includes('AccessDenied'))) throw error;
      refused.add(group);
      if (refused.size === groups.length) throw error;
      err(`Without the lines of ${group}, which you may not read.`);
      return [];
    }
  });
}
