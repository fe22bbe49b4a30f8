import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openUi } from '../../../bin/ui/server.ts';
import type { Auth } from '../../../client/index.ts';
import { listen, setup } from '../../client/setup.ts';

const OWN = { 'x-stint-ui': '1' };

async function uiOf(url: string, auth?: Auth) {
  const ui = await openUi({ url, auth, about: 'a stack', port: 0 });
  onTestFinished(() => ui.close());
  return ui.url;
}

/** A request as it is written: `fetch` sets a Host of its own. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => resolve(answer.resume().statusCode))
      .once('error', reject)
      .end();
  });
}

describe('the page', () => {
  it('is served with its style, its script and what it shows', async () => {
    const ui = await uiOf('http://127.0.0.1:1');

    const page = await fetch(ui);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    for (const [, path = ''] of html.matchAll(/(?:href|src)="([^"#:]+)"/g))
      expect((await fetch(ui + path)).status, path).toBe(200);
    expect(await (await fetch(`${ui}about.json`)).json()).toEqual({ about: 'a stack' });
    expect((await fetch(`${ui}server.ts`)).status).toBe(404);
    expect((await fetch(`${ui}page/../../package.json`)).status).toBe(404);
  });

  it('runs its own script alone, and stands in no frame', async () => {
    const { headers } = await fetch(await uiOf('http://127.0.0.1:1'));

    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('a call of the API', () => {
  it('goes on as it came, with who calls, and its answer comes back', async () => {
    const { url, requests } = await setup();
    const ui = await uiOf(`${url}/`, { apiKey: 'stint_key' });

    const answer = await fetch(`${ui}api/tasks/double/jobs`, {
      method: 'POST',
      headers: { ...OWN, 'content-type': 'application/json', 'idempotency-key': 'k', cookie: 'a=b' },
      body: '{"input": {"number": 21}}',
    });

    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ status: 'queued' });
    await fetch(`${ui}api/jobs?limit=1`, { headers: OWN });
    const { headers = {} } = requests[0] ?? {};
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /tasks/double/jobs',
      'GET /jobs?limit=1',
    ]);
    expect(headers).toMatchObject({ 'x-api-key': 'stint_key', 'idempotency-key': 'k' });
    expect(headers.cookie).toBeUndefined();
  });

  it('that is refused is answered in the words of the API', async () => {
    const { url } = await setup();

    const answer = await fetch(`${await uiOf(url)}api/jobs/none`, { headers: OWN });

    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('that gets no answer, or cannot be signed, says so', async () => {
    const nobody = await fetch(`${await uiOf('http://127.0.0.1:1')}api/jobs`, { headers: OWN });
    expect(nobody.status).toBe(502);
    expect(await nobody.json()).toMatchObject({ detail: expect.stringContaining('http://127.0.0.1:1/jobs') });

    const unsigned = await uiOf('http://127.0.0.1:1', async () => {
      throw new Error('sign in first');
    });
    const refused = await fetch(`${unsigned}api/jobs`, { headers: OWN });
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('sign in first') });
  });

  it('is not led elsewhere by what answers', async () => {
    const elsewhere = await listen((_request, response) => response.end('{}'));
    const url = await listen((_request, response) => response.writeHead(307, { location: elsewhere }).end());

    const answer = await fetch(`${await uiOf(url)}api/jobs`, { headers: OWN, redirect: 'manual' });

    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBeNull();
  });
});

describe('a page of another site', () => {
  it('cannot call the API: it may not send the header', async () => {
    const { url, requests } = await setup();
    const ui = await uiOf(url);

    const simple = await fetch(`${ui}api/jobs/abort`, { method: 'POST', body: '{}' });
    expect(simple.status).toBe(403);
    const preflight = await fetch(`${ui}api/jobs/abort`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.org', 'access-control-request-headers': 'x-stint-ui' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect(preflight.status).toBe(403);
    expect(requests).toEqual([]);
  });

  it('cannot come by a name of its own that leads here', async () => {
    const { url, requests } = await setup();
    const ui = await uiOf(url);
    const { port } = new URL(ui);

    expect(await statusOf(`${ui}api/jobs`, { ...OWN, host: 'evil.example.org' })).toBe(421);
    expect(await statusOf(ui, { host: `evil.example.org:${port}` })).toBe(421);
    expect(requests).toEqual([]);
    expect(await statusOf(`${ui}api/jobs`, { ...OWN, host: `localhost:${port}` })).toBe(200);
  });
});

it('a port that is taken is told', async () => {
  const { port } = new URL(await uiOf('http://127.0.0.1:1'));

  const second = openUi({ url: 'http://127.0.0.1:1', auth: undefined, about: '', port: Number(port) });

  await expect(second).rejects.toThrow(`Port ${port} is taken. Choose another: --port`);
});

it('a request of any size ends', async () => {
  const { url, requests } = await setup();
  const body = 'x'.repeat(7 * 1024 * 1024);

  const answer = await fetch(`${await uiOf(url)}api/jobs/batch`, { method: 'POST', headers: OWN, body });

  expect(answer.status).toBe(413);
  expect(requests).toEqual([]);
});

/** Sends bytes as they are, for `fetch` would put them right; resolves with what came back by the time the connection closed. */
function sendRaw(ui: string, bytes: string, { hangUp }: { hangUp: boolean }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(ui).port), '127.0.0.1', () =>
      socket.write(bytes, () => hangUp && socket.destroy()),
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('error', reject).once('close', () => resolve(answer));
  });
}

describe('a request that is none', () => {
  it('for a path of which no URL can be made finds nothing', async () => {
    const ui = await uiOf('http://127.0.0.1:1');
    const { host } = new URL(ui);

    const answer = await sendRaw(ui, `GET // HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`, {
      hangUp: false,
    });

    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect((await fetch(ui)).status).toBe(200);
  });

  it('because its sender hangs up midway reaches no API, and the page stays', async () => {
    const { url, requests } = await setup();
    const ui = await uiOf(url);
    const { host } = new URL(ui);

    const head = `POST /api/jobs/batch HTTP/1.1\r\nhost: ${host}\r\nx-stint-ui: 1\r\ncontent-length: 100\r\n\r\n`;
    await sendRaw(ui, `${head}{"jobs":`, { hangUp: true });

    expect((await fetch(ui)).status).toBe(200);
    expect(requests).toEqual([]);
  });
});
