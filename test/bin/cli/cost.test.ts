import { expect, it } from 'vitest';
import { jsonLines, stint } from './stint.ts';

it('tells what jobs cost a month, without any stack', async () => {
  const { code, out } = await stint([
    'cost',
    '--jobs',
    '2500000',
    '--seconds',
    '2',
    '--memory',
    '1024',
    '--retries',
    '5',
  ]);

  expect(code).toBe(0);
  expect(out).toContain('2,500,000 jobs a month, 2 s each at 1024 MB, 5 % retried');
  expect(out).toMatch(/^enqueued one by one, each run alone +\$\d+\.\d\d( +\$\d+\.\d\d){9}$/m);
  for (const what of ['enqueue, one job', 'list page', 'long poll', 'retried', 'AN IDLE MONTH', 'polling, 2 queues'])
    expect(out).toContain(what);
  expect(out).toMatch(/List prices of us-east-1 of \w+ \d{4}, without free tiers/);
});

it('for scripts, in dollars that are not rounded; twice the jobs cost twice as much, but for what is idle and for metrics', async () => {
  const monthOf = async (jobs: string) => {
    const { out } = await stint(['cost', '--jobs', jobs, '--json']);
    const [value] = jsonLines(out) as { month: Record<string, Record<string, number>> }[];
    return value!.month.by_the_hundred!;
  };
  const [once, twice] = [await monthOf('1000000'), await monthOf('2000000')];

  const ofJobs = ({ total, idle, metrics }: Record<string, number>) => total! - idle! - metrics!;
  expect(ofJobs(twice)).toBeCloseTo(2 * ofJobs(once), 9);
});

it.each([
  ['--retries', 'many', 'percent'],
  ['--memory', '64', '128 to 10240'],
  ['--jobs', '1.5', 'whole number'],
])('%s %s is refused in words', async (option, value, words) => {
  expect(await stint(['cost', option, value])).toMatchObject({ code: 2, err: expect.stringContaining(words) });
});
