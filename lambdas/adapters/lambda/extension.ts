import { request } from 'node:http';

/**
 * Registers this process as an internal Lambda extension that wants no events. Lambda sends SIGTERM, and leaves 500 ms, only to
 * a function that has an extension; without one the `shutdown` hooks would never run.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 *
 * Never rejects: nothing about a job hangs on it.
 * @param runtimeApi `AWS_LAMBDA_RUNTIME_API`, host:port; undefined outside Lambda, where signals come anyway
 */
export async function registerExtension(runtimeApi: string | undefined, log: (problem: string) => void): Promise<void> {
  if (runtimeApi === undefined) return;
  try {
    const id = await call(runtimeApi, 'POST', 'register', {
      'Lambda-Extension-Name': 'stint-shutdown',
      'Content-Type': 'application/json',
    });
    if (id === undefined) return log('the Extensions API gave no identifier');
    // Asking for the next event says that the extension is ready. It is never answered, and must not keep the process alive.
    void call(runtimeApi, 'GET', 'event/next', { 'Lambda-Extension-Identifier': id }, true).catch(() => undefined);
  } catch (error) {
    log((error as Error).message);
  }
}

function call(
  host: string,
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
  detached = false,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${host}/2020-01-01/extension/${path}`, { method, headers }, (answer) => {
      answer.resume();
      const id = answer.headers['lambda-extension-identifier'];
      if (answer.statusCode === 200) resolve(typeof id === 'string' ? id : undefined);
      else reject(new Error(`the Extensions API answered ${answer.statusCode} to ${path}`));
    });
    sent.on('error', reject);
    if (detached) sent.on('socket', (socket) => socket.unref());
    else sent.setTimeout(2_000, () => sent.destroy(new Error(`the Extensions API did not answer ${path}`)));
    sent.end(method === 'POST' ? JSON.stringify({ events: [] }) : undefined);
  });
}
