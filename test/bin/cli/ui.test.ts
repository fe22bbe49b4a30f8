import { expect, it } from 'vitest';
import { setup } from '../../client/setup.ts';
import { waitUntil } from '../processes.ts';
import { startStint } from './stint.ts';

it('ui serves the page until it is interrupted, and calls the API as its caller', async () => {
  const { url, requests } = await setup();
  const { child, seen, ended } = startStint(['ui'], { url, env: { STINT_KEY: 'stint_of_mine' } });
  await waitUntil(() => seen.out.endsWith('\n'), 20_000);

  const page = seen.out.trim();
  expect(await (await fetch(page)).text()).toContain('<title>Stint</title>');
  expect(await (await fetch(`${page}app.js`)).text()).toContain('There is no such page.');
  expect((await fetch(`${page}api/tasks`, { headers: { 'x-stint-ui': '1' } })).status).toBe(200);
  expect(requests.at(-1)?.headers).toMatchObject({ 'x-api-key': 'stint_of_mine' });

  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0, err: `Shows ${url}. Ctrl-C ends it.\n` });
});
