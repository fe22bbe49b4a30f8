/** The page in a browser without a screen, on the real API with a worker in memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Window } from 'happy-dom';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openUi } from '../../../bin/ui/server.ts';
import { setup } from '../../client/setup.ts';

const PAGE = join(import.meta.dirname, '../../../bin/ui/page');
/** What the page's code finds in a browser. */
const GLOBALS = ['document', 'Node', 'location', 'FormData', 'addEventListener'] as const;

/** The page, opened at an address. Its types are a browser's, which this project's other code has not: so it is loaded by its path. */
async function openAt(hash: string, jobs: Awaited<ReturnType<typeof setup>>) {
  const ui = await openUi({ url: jobs.url, auth: undefined, about: 'a stack', port: 0 });
  const window = new Window({ url: `${ui.url}#${hash}` });
  window.document.write(readFileSync(join(PAGE, 'index.html'), 'utf8').replace(/<(script|link)[^>]*>/g, ''));
  for (const name of GLOBALS)
    vi.stubGlobal(name, name === 'addEventListener' ? window.addEventListener.bind(window) : window[name]);
  const ask = globalThis.fetch;
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => ask(new URL(path, ui.url), init));
  vi.resetModules();
  await import(join(PAGE, 'app.ts'));
  onTestFinished(async () => {
    Object.defineProperty(window.document, 'hidden', { value: true, configurable: true });
    window.document.dispatchEvent(new window.Event('visibilitychange')); // it looks no more
    await window.happyDOM.close();
    vi.unstubAllGlobals();
    await ui.close();
  });
  const { document, location } = window;
  const text = (selector: string) => document.querySelector(selector)?.textContent ?? '';
  return {
    text,
    shows: (selector: string, what: string | RegExp) =>
      vi.waitFor(() => expect(text(selector)).toMatch(what), { timeout: 5_000 }),
    go: (to: string) => {
      location.hash = to;
    },
    press: (label: string) => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === label);
      if (button === undefined) throw new Error(`There is no button '${label}' in: ${text('main')}`);
      button.click();
    },
    type: (selector: string, value: string) => {
      (document.querySelector(selector) as unknown as { value: string }).value = value;
    },
    tick: (selector: string) => (document.querySelector(selector) as unknown as { click(): void }).click(),
    document,
    window,
  };
}

it('lists jobs, tells who failed and why, and shows one whole', async () => {
  const jobs = await setup();
  await (await jobs.client.enqueue('double', { number: 21 }, { userId: 'ada' })).result();
  const failed = await jobs.client.enqueue('hopeless', {});
  await failed.result().catch(() => undefined);

  const page = await openAt('/jobs', jobs);

  expect(page.text('#about')).toBe('a stack');
  expect(page.text('#overview')).toMatch(/default.*failed1 job/);
  expect(page.text('main')).toMatch(/failedhopeless.*no paper left/);
  expect(page.text('main')).toMatch(/completedouble.*1 of 3ada/);

  page.go(`#/jobs/${failed.job_id}`);
  await page.shows('h1', /hopeless failed/);
  expect(page.text('main')).toContain(failed.job_id);
});

it('filters, by what stands in its address', async () => {
  const jobs = await setup();
  jobs.worker.paused = true;
  await jobs.client.enqueue('double', { number: 1 }, { tags: ['a'] });
  await jobs.client.enqueue('hopeless', {});
  const page = await openAt('/jobs', jobs);

  page.type('input[name=tag]', 'a');
  page.press('Filter');

  await vi.waitFor(() => expect(page.window.location.hash).toBe('#/jobs?tag=a'));
  await vi.waitFor(() => expect(page.text('tbody')).not.toContain('hopeless'));
  expect(page.text('tbody')).toContain('double');
});

it('enqueues a task, its form filled from its schema, and tells what does not fit', async () => {
  const jobs = await setup();
  jobs.worker.paused = true;
  const page = await openAt('/tasks', jobs);
  expect(page.text('main')).toContain('double');
  page.go('#/tasks/double');
  await page.shows('h1', 'double');
  const input = page.document.querySelector('textarea') as unknown as { value: string };
  expect(JSON.parse(input.value)).toEqual({ number: 0, times: 1 });

  page.type('textarea', '{"number": "one"}');
  page.press('Enqueue');
  await page.shows('#notice', /number: /);
  page.type('textarea', '{');
  page.press('Enqueue');
  await page.shows('#notice', /no JSON/);
  page.type('textarea', '{"number": 4}');
  page.type('input[name=delay]', '600');
  page.press('Enqueue');

  await page.shows('h1', /double queued/);
  const [job] = (await jobs.client.list().page()).jobs;
  expect(job).toMatchObject({ task_name: 'double', input: { number: 4 }, status: 'queued' });
  expect(job?.scheduled_at).not.toBeNull();
  page.press('abort');
  await page.shows('h1', /double aborted/);
});

it('retries those that are ticked, and redrives dead letters', async () => {
  const jobs = await setup();
  const failed = await jobs.client.enqueue('hopeless', {});
  await failed.result().catch(() => undefined);
  const page = await openAt('/jobs', jobs);

  page.tick(`input[aria-label="tick ${failed.job_id}"]`);
  page.press('retry');
  await page.shows('#notice', '1 job to retry.');
  await vi.waitFor(async () =>
    expect(await jobs.client.get(failed.job_id)).toMatchObject({ attempt: 2, status: 'failed' }),
  );

  page.go('#/dead-letters');
  await page.shows('h1', 'Dead letters');
  await vi.waitFor(() => page.press('redrive hopeless'));
  await page.shows('#notice', '1 job of hopeless run again.');
  await vi.waitFor(async () => expect(await jobs.client.get(failed.job_id)).toMatchObject({ attempt: 3 }));
});

it('follows a job as it moves on', async () => {
  const jobs = await setup();
  jobs.worker.paused = true;
  const job = await jobs.client.enqueue('double', { number: 1 });
  const page = await openAt(`/jobs/${job.job_id}`, jobs);
  expect(page.text('h1')).toBe('double queued');

  jobs.worker.paused = false;

  await page.shows('h1', 'double complete');
  expect(page.text('main')).toContain('"number": 2');
});

it('asks nothing while nobody looks at it', async () => {
  const jobs = await setup();
  const page = await openAt('/jobs', jobs);
  const turnAway = (hidden: boolean) => {
    Object.defineProperty(page.document, 'hidden', { value: hidden, configurable: true });
    page.document.dispatchEvent(new page.window.Event('visibilitychange'));
  };

  turnAway(true);
  const asked = jobs.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(jobs.requests).toHaveLength(asked);

  turnAway(false);
  await vi.waitFor(() => expect(jobs.requests.length).toBeGreaterThan(asked));
});

it('says when the API does not answer, and goes on when it does', async () => {
  const jobs = await setup();
  const down = (_request: unknown, response: { writeHead(status: number): { end(text: string): unknown } }) => {
    response.writeHead(503).end('{"title": "Down", "detail": "Come back."}');
    return true;
  };
  jobs.interfere(down, down);

  const page = await openAt('/jobs', jobs);

  expect(page.text('#notice')).toBe('Come back.');
  await page.shows('main', 'No jobs here.');
  expect(page.text('#notice')).toBe('');
});

it('shows nothing that a job says as markup', async () => {
  const jobs = await setup();
  jobs.worker.paused = true;
  const { job_id } = await jobs.client.enqueue(
    'poc_test_task',
    { message: '<img src=x onerror=alert(1)>' },
    { tags: ['<b>'] },
  );

  const page = await openAt(`/jobs/${job_id}`, jobs);

  expect(page.text('main')).toContain('<img src=x onerror=alert(1)>');
  expect(page.document.querySelector('main img, main b')).toBeNull();
});

it('says so where there is nothing', async () => {
  const page = await openAt('/nowhere', await setup());
  expect(page.text('#notice')).toBe('There is no such page.');
  page.go('#/tasks/none');
  await page.shows('#notice', "There is no task 'none'.");
});
