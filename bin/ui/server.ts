import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Auth, signerOf } from '../../client/auth.ts';
import { Complaint } from '../local/steps.mjs';
import { pageFiles } from './page-files.ts';

export interface UiOptions {
  /** Of the API. */
  readonly url: string;
  /** As whom the page calls it. */
  readonly auth: Auth | undefined;
  /** What the page says that it shows. */
  readonly about: string;
  readonly port: number;
}

export interface Ui {
  readonly url: string;
  close(): Promise<void>;
}

/** The most that the API takes in one request. */
const MOST_BYTES = 6 * 1024 * 1024;
/** The longest an answer may take: the API's own bound is 30 s. */
const ANSWER_MS = 35_000;
/** Headers of a call that go on to the API; whose call it is, is said here. */
const PASSED_ON = ['content-type', 'idempotency-key'] as const;

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * The page of `stint ui`, on 127.0.0.1 alone. What it asks below `/api` goes on to the API, signed: so whoever may open it may do what its
 * caller may. Other sites that the same browser has open may not: their names are no name of this server, and they cannot send its header.
 * @throws Complaint for a port that is taken
 */
export async function openUi({ url, auth, about, port }: UiOptions): Promise<Ui> {
  const files = await pageFiles();
  const base = url.replace(/\/+$/, '');
  const sign = signerOf(auth);
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?'); // As it came: of `//` no URL can be made.
    const file = files.get(path);
    if (!isOurHost(request.headers.host, server.address() as AddressInfo))
      answer(response, 421, 'Open the page by the address that stint ui has printed.');
    else if (path.startsWith('/api/'))
      passOn(request, response).catch(() => response.destroy()); // Whoever asked is gone.
    else if (request.method !== 'GET') answer(response, 405, 'The page is only read.');
    else if (path === '/about.json') answer(response, 200, JSON.stringify({ about }), 'application/json');
    else if (file === undefined) answer(response, 404, 'There is nothing here.');
    else answer(response, 200, file.text, file.type);
  });

  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers['x-stint-ui'] === undefined)
      return answer(response, 403, 'Only the page itself may call the API.');
    const text = await bodyOf(request);
    if (text === undefined)
      return problem(response, 413, 'Payload Too Large', 'The API takes no request of that size.');
    const { method = 'GET' } = request;
    const call = { method, url: base + (request.url ?? '').slice('/api'.length), body: text === '' ? undefined : text };
    try {
      const headers = new Headers(await sign(call));
      for (const name of PASSED_ON) {
        const value = request.headers[name];
        if (typeof value === 'string') headers.set(name, value);
      }
      const signal = AbortSignal.timeout(ANSWER_MS);
      const init = {
        method,
        headers,
        signal,
        redirect: 'manual',
        ...(call.body !== undefined && { body: call.body }),
      } as const;
      const answered = await fetch(call.url, init);
      const type = answered.headers.get('content-type') ?? 'application/json';
      answer(response, answered.status, await answered.text(), type);
    } catch (error) {
      problem(response, 502, 'Bad Gateway', `${call.url} was not asked, or does not answer: ${messageOf(error)}`);
    }
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Complaint(`Port ${port} is taken. Choose another: --port ${port + 1}`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A name that leads to this machine but is not its own is a trick to read it from another site's page. */
function isOurHost(host: string | undefined, { port }: AddressInfo): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/** Undefined: longer than the API would take. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { ...SECURITY, 'content-type': type }).end(text);
}

function problem(response: ServerResponse, status: number, title: string, detail: string): void {
  answer(response, status, JSON.stringify({ title, status, detail }), 'application/problem+json');
}

/** `fetch failed` says nothing: what is below it does. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
