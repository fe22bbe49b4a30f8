import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

export interface Call {
  /** The operation of a JSON protocol, else method and path. */
  what: string;
  input: Record<string, unknown>;
}

/** Answers calls with what `answer` says, a status of 400 if it says nothing, and keeps them. */
export async function stubEmulator(answer: (call: Call) => unknown): Promise<{ endpoint: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const text = (await request.toArray()).join('');
    const target = request.headers['x-amz-target'];
    const what = typeof target === 'string' ? target.replace(/.*\./, '') : `${request.method} ${request.url}`;
    const call = { what, input: JSON.parse(text) };
    calls.push(call);
    const body = answer(call);
    response.writeHead(body === undefined ? 400 : 200).end(JSON.stringify(body ?? { __type: 'ParameterNotFound' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { endpoint: `http://127.0.0.1:${port}`, calls };
}
