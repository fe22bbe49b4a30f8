import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What AWS would bill for the calls of some code, and how many they were. */
export interface Used {
  readonly calls: Record<string, number>;
  readUnits: number;
  writeUnits: number;
  sqsRequests: number;
  logLines: number;
  logBytes: number;
}

export interface Meter {
  /** For the SDK's `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** Runs some code alone. @returns what it used */
  of(code: () => Promise<unknown>): Promise<Used>;
  /**
   * Runs some code that only reads once more, on the answers that it was given by the emulator when `of` last ran it, at once: what it takes of
   * the processor, without the waiting, which takes some of it, too.
   * @throws Error for a call that was not made then
   */
  again(code: () => Promise<unknown>): Promise<void>;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface Capacity {
  readonly CapacityUnits?: number;
}

interface Asked {
  readonly RequestItems?: Record<string, { readonly Keys?: readonly unknown[] }>;
}

/** Numbers of a call, most of them times: a call that was made a moment later is the same one. */
const TIMES = /"N":"\d+"/g;

/** SQS bills a request for each 64 KB of it. */
const SQS_CHUNK = 65_536;

/**
 * Stands between the functions' own SDK clients and an emulator, and counts what passes: each call as it goes over the wire, tries
 * again among them; the capacity that DynamoDB says it consumed. Log lines are what the code writes to standard output.
 */
export async function startMeter(emulator: string): Promise<Meter> {
  let used = nothing();
  const count = (target: string, asked: string, status: number, answered: string) => {
    const [service = '', operation = ''] = target.split('.');
    used.calls[operation] = (used.calls[operation] ?? 0) + 1;
    if (service === 'AmazonSQS') used.sqsRequests += Math.max(1, Math.ceil(asked.length / SQS_CHUNK));
    else if (service.startsWith('DynamoDB')) {
      const kind = /^(Get|BatchGet|Query)/.test(operation) ? 'readUnits' : 'writeUnits';
      used[kind] += unitsOf(operation, JSON.parse(asked) as Asked, status, answered);
    }
  };
  /** What was answered since `of` began, by the call. */
  let answers = new Map<string, Answer>();
  const fromEmulator = async (incoming: IncomingMessage, target: string, asked: string): Promise<Answer> => {
    const body = target.startsWith('DynamoDB')
      ? JSON.stringify({ ...JSON.parse(asked), ReturnConsumedCapacity: 'TOTAL' })
      : asked;
    const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(body)) };
    const passed = request(`${emulator}${incoming.url}`, { method: incoming.method ?? 'POST', headers }).end(body);
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    const text = await textOf(answer);
    const status = answer.statusCode ?? 500;
    count(target, body, status, text);
    return { status, type: answer.headers['content-type'] ?? 'application/x-amz-json-1.0', text };
  };
  let answered: (call: string) => Answer | undefined = () => undefined;
  const server = createServer(async (incoming, outgoing) => {
    try {
      const target = String(incoming.headers['x-amz-target'] ?? '');
      const asked = await textOf(incoming);
      const call = `${target} ${asked.replace(TIMES, '')}`;
      const answer = answered(call) ?? (await fromEmulator(incoming, target, asked));
      answers.set(call, answer);
      outgoing.writeHead(answer.status, { 'content-type': answer.type }).end(answer.text);
    } catch (error) {
      outgoing.destroy(error as Error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async of(code) {
      used = nothing();
      answers = new Map();
      await silently(code, (line) => {
        used.logLines++;
        used.logBytes += Buffer.byteLength(line);
      });
      return used;
    },
    async again(code) {
      let unknown: string | undefined;
      answered = (call) => {
        const answer = answers.get(call);
        if (answer === undefined) unknown = call;
        return answer;
      };
      await silently(code).finally(() => {
        answered = () => undefined;
      });
      if (unknown !== undefined) throw new Error(`It was not asked before: ${unknown}`);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Runs some code whose log lines are taken from it. */
async function silently(code: () => Promise<unknown>, take: (line: string) => void = () => undefined): Promise<void> {
  const write = process.stdout.write;
  process.stdout.write = ((line: string) => {
    take(line);
    return true;
  }) as typeof process.stdout.write;
  try {
    await code();
  } finally {
    process.stdout.write = write;
  }
}

const nothing = (): Used => ({
  calls: {},
  readUnits: 0,
  writeUnits: 0,
  sqsRequests: 0,
  logLines: 0,
  logBytes: 0,
});

function unitsOf(operation: string, asked: Asked, status: number, answered: string): number {
  if (status !== 200) return 1; // a condition that did not hold bills the item's write unit
  if (operation === 'BatchGetItem')
    // the emulator says nothing of it: half a unit for each key and 4 KB
    return Object.values(asked.RequestItems ?? {}).reduce((sum, { Keys = [] }) => sum + Keys.length / 2, 0);
  const { ConsumedCapacity = [] } = JSON.parse(answered) as { ConsumedCapacity?: Capacity | Capacity[] };
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
