import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

export const FAULTS = [
  /** The connection breaks before the request arrives. */
  'request lost',
  /** The request takes effect, and the connection breaks instead of an answer. */
  'reply lost',
  /** The request takes effect seconds after its caller has given it up. */
  'late',
  'slow',
  'throttled',
  /** HTTP 500 without an effect. */
  'server error',
  /** A message is sent twice, at once or again some seconds later. */
  'message doubled',
] as const;

export type Fault = (typeof FAULTS)[number];

/** How many of a hundred calls meet a fault. */
const ODDS: Readonly<Record<Fault, number>> = {
  'request lost': 1.5,
  'reply lost': 1.5,
  late: 0.4,
  slow: 3,
  throttled: 2,
  'server error': 0.8,
  'message doubled': 8,
};

export interface FaultProxy {
  readonly url: string;
  /** Requests that the functions made, tries again included. */
  requests(): number;
  faults(): Readonly<Record<Fault, number>>;
  /** The messages that reached job queues: what may come again at any time. */
  readonly messages: readonly SentMessage[];
  /** Begins to do harm. */
  start(): void;
  /** No more faults. Messages that were to come again later come now. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface SentMessage {
  readonly queueUrl: string;
  readonly body: string;
}

/** A call as the functions made it, whole. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `SendMessage`, `UpdateItem`, … */
  readonly operation: string;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The SDK gives up after three seconds (lambdas/adapters/aws-clients.ts). */
const AFTER_CALLER_GAVE_UP_MS = [3_200, 7_000] as const;
const SLOW_MS = [30, 900] as const;
const AGAIN_MS = [500, 12_000] as const;

/** A place between functions and emulator that harms what passes. Listens on 127.0.0.1; passes all until it is started. */
export async function openFaultProxy(target: string, random: Random): Promise<FaultProxy> {
  const proxy = new HarmfulProxy(target, random);
  await proxy.listen();
  return proxy;
}

class HarmfulProxy implements FaultProxy {
  readonly messages: SentMessage[] = [];
  readonly #target: URL;
  readonly #random: Random;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
  readonly #counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  /** A fault that outlasts the SDK's tries of one call, by the id that these share. */
  readonly #lasting = new Map<string, { readonly fault: Fault; tries: number }>();
  readonly #toComeAgain = new Set<Call>();
  readonly #underWay = new Set<Promise<unknown>>();
  #requests = 0;
  #harmful = false;

  constructor(target: string, random: Random) {
    this.#target = new URL(target);
    this.#random = random;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  requests(): number {
    return this.#requests;
  }

  faults(): Readonly<Record<Fault, number>> {
    return { ...this.#counts };
  }

  start(): void {
    this.#harmful = true;
  }

  async stop(): Promise<void> {
    this.#harmful = false;
    this.#lasting.clear();
    const again = [...this.#toComeAgain];
    this.#toComeAgain.clear();
    await Promise.all(again.map((call) => this.#forward(call).catch(() => undefined)));
    await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    outgoing.on('error', () => undefined); // its caller is gone
    try {
      const call = await readCall(incoming);
      this.#requests++;
      const fault = this.#faultOf(call);
      if (fault !== undefined) this.#counts[fault]++;
      await this.#answer(call, fault, outgoing);
    } catch {
      outgoing.destroy(); // the caller broke off, or the emulator has ended
    }
  }

  async #answer(call: Call, fault: Fault | undefined, outgoing: ServerResponse): Promise<void> {
    switch (fault) {
      case 'request lost':
        return void outgoing.destroy();
      case 'reply lost':
        await this.#forward(call);
        return void outgoing.destroy();
      case 'late':
        await this.#track(sleep(this.#between(AFTER_CALLER_GAVE_UP_MS)).then(() => this.#forward(call)));
        return void outgoing.destroy();
      case 'throttled':
        return reply(outgoing, refusal(call, 400, throttlingOf(call, this.#random)));
      case 'server error':
        return reply(outgoing, refusal(call, 500, 'InternalServerError'));
      case 'slow':
        await sleep(this.#between(SLOW_MS));
        return reply(outgoing, await this.#forward(call));
      case 'message doubled':
        reply(outgoing, await this.#forward(call));
        return this.#sendAgain(call);
      case undefined:
        return reply(outgoing, await this.#forward(call));
    }
  }

  /** A fault lasts for one try of the SDK, for two, or for all three: only then the function notices it. */
  #faultOf(call: Call): Fault | undefined {
    if (!this.#harmful) return undefined;
    const id = String(call.headers['amz-sdk-invocation-id'] ?? '');
    const lasting = this.#lasting.get(id);
    if (lasting !== undefined) {
      if (--lasting.tries <= 0) this.#lasting.delete(id);
      return lasting.fault;
    }
    const fault = this.#draw(call);
    if (fault === undefined || fault === 'message doubled' || fault === 'slow') return fault;
    const tries = this.#random.chance(0.4) ? (this.#random.chance(0.6) ? 2 : 1) : 0;
    if (tries > 0) this.#lasting.set(id, { fault, tries });
    return fault;
  }

  #draw({ operation }: Call): Fault | undefined {
    let draw = this.#random.fraction() * 100;
    for (const fault of FAULTS) {
      if (fault === 'message doubled' && operation !== 'SendMessage') continue;
      draw -= ODDS[fault];
      if (draw < 0) return fault;
    }
    return undefined;
  }

  async #sendAgain(call: Call): Promise<void> {
    if (this.#random.chance(0.4)) return this.#track(this.#forward(call));
    this.#toComeAgain.add(call);
    await sleep(this.#between(AGAIN_MS), undefined, { ref: false });
    if (this.#toComeAgain.delete(call)) await this.#track(this.#forward(call));
  }

  /** What goes on although nobody waits for it: the end of the faults does. */
  async #track(work: Promise<unknown>): Promise<void> {
    const settled = work.catch(() => undefined);
    this.#underWay.add(settled);
    await settled;
    this.#underWay.delete(settled);
  }

  #remember({ operation, body }: Call): void {
    if (operation !== 'SendMessage') return;
    const { QueueUrl, MessageBody, MessageAttributes } = JSON.parse(body.toString()) as Record<string, string>;
    // An envelope on a job queue would be a redrive, which is asked for: not one of the things that just happen.
    if (MessageAttributes === undefined) this.messages.push({ queueUrl: QueueUrl ?? '', body: MessageBody ?? '' });
  }

  #forward(call: Call): Promise<Reply> {
    const { method, path, headers, body } = call;
    this.#remember(call);
    return new Promise((resolve, reject) => {
      const options = { method, path, headers: { ...headers, connection: 'keep-alive' }, agent: this.#agent };
      const onward = request(this.#target, options, (answer) => {
        collect(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
          reject,
        );
      });
      onward.on('error', reject);
      onward.end(body);
    });
  }

  #between([min, max]: readonly [number, number]): number {
    return this.#random.whole(min, max);
  }
}

async function readCall(incoming: IncomingMessage): Promise<Call> {
  const { method = 'GET', url: path = '/', headers } = incoming;
  const operation = String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  return { method, path, headers, operation, body: await collect(incoming) };
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  const { connection: _1, 'keep-alive': _2, 'transfer-encoding': _3, ...rest } = headers;
  outgoing.writeHead(status, { ...rest, 'content-length': body.length }).end(body);
}

/** An error in the form of both services' JSON protocol. https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
function refusal({ headers }: Call, status: number, type: string): Reply {
  const message = 'The chaos run has refused this call.';
  const contentType = headers['content-type'] ?? 'application/x-amz-json-1.0';
  return {
    status,
    headers: { 'content-type': contentType },
    body: Buffer.from(JSON.stringify({ __type: type, message })),
  };
}

/** As each service says it: both are tried again by the SDK, after a longer pause. */
function throttlingOf({ headers }: Call, random: Random): string {
  if (String(headers['x-amz-target']).startsWith('AmazonSQS')) return 'com.amazonaws.sqs#RequestThrottled';
  return random.chance(0.5)
    ? 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'
    : 'com.amazon.coral.availability#ThrottlingException';
}
