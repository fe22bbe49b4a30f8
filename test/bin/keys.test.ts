import { Command } from 'commander';
import { expect, test } from 'vitest';
import { keysCommands } from '../../bin/commands/keys.ts';
import { hashOf } from '../../lambdas/http/auth/api-key.ts';
import { memoryKeys } from '../http/auth/memory-keys.ts';

const NOW = Date.UTC(2026, 0, 1);

function setup() {
  const keys = memoryKeys();
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const run = (words: string, now = NOW) => {
    const command = new Command()
      .option('--json')
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    keysCommands(command, async () => ({ keys, terminal, now }));
    return command.parseAsync(words.split(' ').filter(Boolean), { from: 'user' });
  };
  return { keys, out, err, run };
}

test('a new key is shown once, alone on standard output, and kept as its hash only', async () => {
  const { keys, out, err, run } = setup();
  await run('create web --role user --user u-1 --expires 90d');
  expect(out).toHaveLength(1);
  const [secret = ''] = out;
  expect(secret).toMatch(/^stint_[\w-]{43}$/);
  expect(await keys.find(hashOf(secret))).toEqual({
    id: hashOf(secret).slice(0, 12),
    name: 'web',
    role: 'user',
    userId: 'u-1',
    createdAt: NOW,
    expiresAt: NOW + 90 * 86_400_000,
  });
  expect(JSON.stringify([...keys.items, err])).not.toContain(secret);
});

test('the list shows who a key is, until when, and when it was used', async () => {
  const { keys, out, run } = setup();
  await run('create ops --role admin');
  await run('create web --role user --user u-1 --expires 12h');
  await keys.used(hashOf(out[0]!), NOW + 1_000);
  out.splice(0);
  await run('list', NOW + 86_400_000);
  expect(out).toEqual([
    expect.stringMatching(/^[0-9a-f]{12} {2}ops {2}admin {2}used 2026-01-01T00:00:01.000Z$/),
    expect.stringMatching(/^[0-9a-f]{12} {2}web {2}user u-1, expired 2026-01-01T12:00:00.000Z {2}never used$/),
  ]);
  out.splice(0);
  await run('list --json');
  expect(JSON.parse(out[0]!)).toMatchObject({ name: 'ops', role: 'admin', user_id: null, expires_at: null });
  expect(out).toHaveLength(2);
});

test('a revoked key is gone, by its name or its id', async () => {
  const { keys, out, run } = setup();
  await run('create a --role admin');
  await run('create b --role admin');
  await run('revoke a');
  await run(`revoke ${hashOf(out[1]!).slice(0, 12)}`);
  expect(keys.items.size).toBe(0);
});

test.each([
  ['', /outputHelp/],
  ['frobnicate', /unknown command 'frobnicate'/],
  ['create', /missing required argument 'name'/],
  ['create a b --role admin', /too many arguments/],
  ['create a --rule admin', /--rule/],
  ['create a', /--role admin or --role user/],
  ['create a --role root', /--role admin or --role user/],
  ['create a/b --role admin', /name of a key/],
  ['create a --role user', /needs --user/],
  ['create a --role admin --user u', /leave --user out/],
  ['create a --role admin --expires soon', /no duration/],
  ['create a --role admin --expires 0d', /no duration/],
  ['create taken --role admin', /already/],
  ['revoke', /missing required argument 'name'/],
  ['revoke nobody', /no key 'nobody'/],
])('`keys %s` says what to do', async (command, says) => {
  const { keys, run, out } = setup();
  await run('create taken --role admin');
  await expect(run(command)).rejects.toThrow(says);
  expect(keys.items.size).toBe(1);
  expect(out).toHaveLength(1);
});

test('of two keys of one name, which two people can make at once, the id says which to revoke', async () => {
  const { keys, run } = setup();
  for (const hash of ['a'.repeat(64), 'b'.repeat(64)])
    await keys.add(hash, { name: 'x', role: 'admin', createdAt: NOW });
  await expect(run('revoke x')).rejects.toThrow(/by id: aaaaaaaaaaaa,bbbbbbbbbbbb/);
  expect(keys.items.size).toBe(2);
});
