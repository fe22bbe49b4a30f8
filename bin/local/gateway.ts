import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { Complaint } from './steps.mjs';

/** They belong to one connection, not to the request (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']);

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export interface ForwardOptions {
  /** What the request says as its Host. Default: as it came. LocalStack routes function URLs by it, and by nothing else. */
  readonly host?: string;
}

export interface Gateway {
  url: string;
  /** From now on requests go there; before, they are answered 503. */
  forwardTo(baseUrl: string, options?: ForwardOptions): void;
  /** Ends open requests too. */
  close(): Promise<void>;
}

/**
 * A plain HTTP address for the API: every request goes on as it came (method, path, query, headers, body), and the
 * answer comes back likewise. Throws a Complaint if the port is taken.
 */
export async function openGateway(port: number): Promise<Gateway> {
  let target: { readonly baseUrl: string; readonly host?: string } | undefined;
  const server = createServer((incoming, outgoing) => {
    if (!METHODS.includes(incoming.method ?? '')) refuseMethod(outgoing);
    else if (target === undefined)
      answerProblem(outgoing, 503, 'Service Unavailable', 'The local cloud is still starting.');
    else forward(target, incoming, outgoing);
  });
  await listen(server, port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gateway listens on no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    forwardTo: (baseUrl, options = {}) => {
      target = { baseUrl, ...options };
    },
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new Complaint(`Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`);
  }
  if (error.code === 'EACCES') {
    return new Complaint(`Port ${port} is not allowed for this user. Choose another: PORT=8788 npm start`);
  }
  return error;
}

function forward(
  { baseUrl, host }: { readonly baseUrl: string } & ForwardOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const onward = request(`${baseUrl}${incoming.url ?? '/'}`, {
    method: incoming.method,
    headers: withHost(endToEnd(incoming.rawHeaders), host),
    agent: false,
  });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  onward.on('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else answerProblem(outgoing, 502, 'Bad Gateway', `The local cloud does not answer (${error.message}).`);
  });
  outgoing.on('close', () => onward.destroy()); // The client went away, or all is said.
  incoming.pipe(onward);
}

/** The headers as they came, their order, case and repetition kept, without those of the connection. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1 || HOP_BY_HOP.has(name.toLowerCase())) return [];
    return [name, rawHeaders[index + 1] ?? ''];
  });
}

function withHost(headers: readonly string[], host: string | undefined): readonly string[] {
  if (host === undefined) return headers;
  return headers.map((text, index) => (index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'host' ? host : text));
}

/** No route of API Gateway takes others: TRACE, say. */
function refuseMethod(outgoing: ServerResponse): void {
  outgoing.setHeader('allow', METHODS.join(', '));
  answerProblem(outgoing, 405, 'Method Not Allowed', `Use one of ${METHODS.join(', ')}.`);
}

function answerProblem(outgoing: ServerResponse, status: number, title: string, detail: string): void {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  outgoing.writeHead(status, { 'content-type': 'application/problem+json' }).end(body);
}
