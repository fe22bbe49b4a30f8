import { createServer, request } from 'node:http';
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
  close(): void;
}

interface Capacity {
  readonly CapacityUnits?: number;
}

interface Asked {
  readonly RequestItems?: Record<string, { readonly Keys?: readonly unknown[] }>;
}

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
  const server = createServer(async (incoming, outgoing) => {
    const target = String(incoming.headers['x-amz-target'] ?? '');
    let body = await textOf(incoming);
    if (target.startsWith('DynamoDB')) body = JSON.stringify({ ...JSON.parse(body), ReturnConsumedCapacity: 'TOTAL' });
    const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(body)) };
    const passed = request(`${emulator}${incoming.url}`, { method: incoming.method ?? 'POST', headers });
    passed.on('response', async (answer) => {
      const text = await textOf(answer);
      count(target, body, answer.statusCode ?? 500, text);
      const type = answer.headers['content-type'] ?? 'application/x-amz-json-1.0';
      outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': type }).end(text);
    });
    passed.on('error', (error) => outgoing.destroy(error));
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async of(code) {
      used = nothing();
      const write = process.stdout.write;
      process.stdout.write = ((line: string) => {
        used.logLines++;
        used.logBytes += Buffer.byteLength(line);
        return true;
      }) as typeof process.stdout.write;
      try {
        await code();
      } finally {
        process.stdout.write = write;
      }
      return used;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
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
