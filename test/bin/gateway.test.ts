import { createServer, type RequestListener, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../bin/local/free-port.ts';
import { openGateway } from '../../bin/local/gateway.ts';
import { Complaint } from '../../bin/local/steps.mjs';

async function upstream(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function gateway(port = 0) {
  const opened = await openGateway(port);
  onTestFinished(() => opened.close());
  return opened;
}

test('a request goes on as it came, and the answer comes back as it is', async () => {
  let seen: unknown;
  const target = await upstream((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      const { method, url, headers } = incoming;
      seen = {
        method,
        url,
        body,
        host: headers.host,
        key: headers['idempotency-key'],
        length: headers['content-length'],
      };
      outgoing.writeHead(202, 'Accepted', [
        ['Location', '/jobs/1'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]);
      outgoing.end('{"job_id":"1"}');
    });
  });
  const { url, forwardTo } = await gateway();
  forwardTo(`${target}/_aws/execute-api/e3ad8eea/$default`);

  const answer = await fetch(`${url}/tasks/a%2Fb/jobs?x=1&y=%20&y=2`, {
    method: 'POST',
    headers: { 'Idempotency-Key': 'k-1' },
    body: '{"input": "ö"}',
  });

  expect(seen).toEqual({
    method: 'POST',
    url: '/_aws/execute-api/e3ad8eea/$default/tasks/a%2Fb/jobs?x=1&y=%20&y=2',
    body: '{"input": "ö"}',
    host: new URL(url).host,
    key: 'k-1',
    length: '15',
  });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe('/jobs/1');
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await answer.json()).toEqual({ job_id: '1' });
});

test('a method without a body and an empty answer pass as well', async () => {
  const target = await upstream((incoming, outgoing) => {
    outgoing.writeHead(incoming.method === 'DELETE' ? 204 : 500).end();
  });
  const { url, forwardTo } = await gateway();
  forwardTo(target);

  const answer = await fetch(`${url}/jobs/1`, { method: 'DELETE' });

  expect(answer.status).toBe(204);
});

test('before there is anything behind it, it answers 503', async () => {
  const { url } = await gateway();

  const answer = await fetch(`${url}/health`);

  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
});

test('when nothing answers behind it, it answers 502 and says so', async () => {
  const { url, forwardTo } = await gateway();
  forwardTo(`http://127.0.0.1:${await freePort()}`);

  const answer = await fetch(`${url}/health`);

  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ title: 'Bad Gateway', status: 502 });
});

test('a client that goes away ends its request behind the gateway too', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const target = await upstream((incoming) => incoming.on('close', resolve));
  const { url, forwardTo } = await gateway();
  forwardTo(target);

  const controller = new AbortController();
  const waiting = request(`${url}/jobs/1?wait=20`, { signal: controller.signal });
  waiting.on('error', () => {});
  waiting.end();
  setTimeout(() => controller.abort(), 50);

  await ended;
});

test('a taken port is a complaint that names the way out', async () => {
  const { url } = await gateway();
  const port = Number(new URL(url).port);

  await expect(openGateway(port)).rejects.toThrow(
    new Complaint(`Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`),
  );
});

test('a method that no route of API Gateway takes is refused with those that there are', async () => {
  const { url, forwardTo } = await gateway();
  forwardTo(await upstream((_incoming, outgoing) => outgoing.end('reached')));
  const answer = await new Promise<{ status: number | undefined; allow: string | undefined }>((resolve) => {
    request(url, { method: 'TRACE' }, ({ statusCode, headers }) =>
      resolve({ status: statusCode, allow: headers.allow }),
    ).end();
  });
  expect(answer).toEqual({ status: 405, allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' });
});

test('a request can be given another Host: LocalStack knows function URLs by it alone', async () => {
  let seen: unknown;
  const target = await upstream((incoming, outgoing) => {
    seen = incoming.headers.host;
    outgoing.end();
  });
  const { url, forwardTo } = await gateway();
  forwardTo(target, { host: 'abc.lambda-url.us-east-1.localhost:4566' });

  await fetch(url);

  expect(seen).toBe('abc.lambda-url.us-east-1.localhost:4566');
});
