import { expect, it } from 'vitest';
import { enqueue, get } from './client.ts';

it('lets three callers wait for a job, and answers all others at once', async () => {
  const job_id = await enqueue('echo', { value: 1 }, { delay_seconds: 300 });

  const waits = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const began = Date.now();
      const { status, headers } = await get(`/jobs/${job_id}?wait=12`);
      return { status, ms: Date.now() - began, crowded: headers.get('retry-after') };
    }),
  );

  for (const { status } of waits) expect(status).toBe(200);
  const held = waits.filter(({ crowded }) => crowded === null);
  expect(held).toHaveLength(3);
  for (const { ms } of held) expect(ms).toBeGreaterThanOrEqual(12_000);
  for (const { ms, crowded } of waits) if (crowded !== null) expect(ms).toBeLessThan(11_000); // most of it cold starts
});
