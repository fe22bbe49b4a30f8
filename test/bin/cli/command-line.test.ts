import { describe, expect, it, test } from 'vitest';
import { wholeCommandLine } from '../../../bin/cli/program.ts';
import { COMMANDS } from '../../../bin/commands/index.ts';
import { openGuard } from '../../../lambdas/http/auth/guard.ts';
import { HttpProblem } from '../../../lambdas/http/problem.ts';
import { answer, drop, setup } from '../../client/setup.ts';
import { withoutStack } from './project.ts';
import { jsonLines, startStint, stint } from './stint.ts';

/** Where the modules that a process loads are told of, before any of its own. */
const TELL_LOADED = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  process.on('exit', () => process.stderr.write(loaded.join('\\n')));
`)}`;

const loadedBy = async (args: string[], url?: string): Promise<string[]> => {
  const env = { NODE_OPTIONS: `--import=${TELL_LOADED}` };
  const { err } = await stint(args, { env, ...(url !== undefined && { url }) });
  return err.split('\n').filter((line) => line.startsWith('file:'));
};

describe('what starts fast', () => {
  it.each([['--help'], ['--version']])('%s loads no command, no SDK and no package but commander', async (option) => {
    const loaded = await loadedBy([option]);
    expect(loaded.some((url) => url.includes('/node_modules/commander/'))).toBe(true);
    expect(loaded.filter((url) => /aws-sdk|smithy|zod|middy/.test(url))).toEqual([]);
    expect(loaded.filter((url) => /\/bin\/commands\/(?!index)/.test(url))).toEqual([]);
  });

  it('a command loads its own file, and no SDK', async () => {
    const { url } = await setup();
    const loaded = await loadedBy(['tasks', '--names'], url);
    expect(loaded.filter((file) => /aws-sdk|smithy|zod|middy/.test(file))).toEqual([]);
    expect(loaded.filter((file) => /\/bin\/commands\/(?!index)/.test(file))).toEqual([
      expect.stringMatching(/tasks\.ts$/),
    ]);
  });
});

describe('help', () => {
  it('of all names each command, its exit codes, and examples', async () => {
    const { code, out } = await stint(['--help']);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(out).toContain('Examples:');
    expect(out).toContain('3  a job that was waited for ended as failed or aborted');
  });

  it.each(COMMANDS.map(({ name }) => name))('of %s teaches by example', async (name) => {
    const { code, out } = await stint(['help', name]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: stint ${name}`);
    expect(out).toMatch(new RegExp(`^ {2}\\$ .*stint ${name}`, 'm'));
  });

  it('has only options that its examples can say', async () => {
    const program = await wholeCommandLine();
    const globals = program.options.map(({ long }) => long);
    for (const command of program.commands) {
      const known = [command, ...command.commands]
        .flatMap(({ options }) => options)
        .flatMap(({ long, short }) => [long, short]);
      let help = '';
      command
        .configureOutput({
          writeOut: (text) => {
            help += text;
          },
        })
        .outputHelp();
      const said = [...help.matchAll(new RegExp(`^ {2}\\$ .*stint ${command.name()}.*$`, 'gm'))].flatMap(
        ([line]) => line.match(/(?<= )--?[a-z][\w-]*/g) ?? [],
      );
      const jq = ['-r', '-c', '-u', '-rc'];
      expect(
        said.filter((option) => ![...known, ...globals, ...jq].includes(option)),
        command.name(),
      ).toEqual([]);
    }
  });
});

describe('errors', () => {
  it('of usage end with 2, and show where to look', async () => {
    expect(await stint([])).toMatchObject({ code: 2, err: expect.stringContaining('Usage: stint') });
    expect(await stint(['enqeue'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/unknown command 'enqeue'\s+\(Did you mean enqueue\?\)/),
    });
    expect(await stint(['get'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/missing required argument 'jobs'\s+See: stint get --help/),
    });
    expect(await stint(['tasks', '--local', '--url', 'http://x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Say one of'),
    });
    expect(await stint(['tasks', '--url', 'nowhere'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("'nowhere' is no URL"),
    });
  });

  it('without a stack, say how to get one', async () => {
    const ended = await stint(['tasks'], { project: withoutStack() });
    expect(ended).toMatchObject({
      code: 6,
      out: '',
      err: expect.stringMatching(/Start the local one with npm start.*--stack.*--url/),
    });
  });

  it('without an answer end with 6', async () => {
    const { url, interfere } = await setup();
    interfere(drop, drop, drop, drop);
    expect(await stint(['tasks'], { url })).toMatchObject({
      code: 6,
      err: expect.stringMatching(/got no answer.*\n.*npm start/),
    });
  });

  it('without a right end with 5, and name STINT_KEY', async () => {
    const guard = { ...openGuard, admit: () => Promise.reject(new HttpProblem('unauthenticated', 'Who are you?')) };
    const { url } = await setup({ guard });
    expect(await stint(['tasks'], { url })).toMatchObject({
      code: 5,
      err: expect.stringMatching(/Who are you\?\n.*STINT_KEY/),
    });
  });

  it('of the API, are JSON on standard error with --json', async () => {
    const { url } = await setup();
    const { code, out, err } = await stint(['enqueue', 'double', '-i', '{}', '--json'], { url });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(jsonLines(err)).toMatchObject([
      { error: { exit_code: 2, code: 'invalid_input', errors: [{ path: expect.any(String) }] } },
    ]);
  });

  it('of the API itself end with 1', async () => {
    const { url, interfere } = await setup();
    interfere(...Array.from({ length: 4 }, () => answer(500, { detail: 'It broke.' })));
    expect(await stint(['tasks'], { url })).toMatchObject({ code: 1, err: expect.stringContaining('It broke.') });
  });
});

describe('who calls', () => {
  const headersWith = async (env: Record<string, string>) => {
    const { url, requests } = await setup();
    await stint(['tasks'], { url, env });
    return requests[0]?.headers;
  };

  it('is said by STINT_KEY: one of our keys, or a token', async () => {
    expect(await headersWith({ STINT_KEY: 'stint_abc' })).toMatchObject({ 'x-api-key': 'stint_abc' });
    expect(await headersWith({ STINT_KEY: 'eyJ.x.y' })).toMatchObject({ authorization: 'Bearer eyJ.x.y' });
    expect(await headersWith({})).not.toHaveProperty('authorization');
  });

  it('is said by AWS credentials for what is AWS’s; without any, what is missing', async () => {
    const env = {
      HOME: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/no',
      AWS_SHARED_CREDENTIALS_FILE: '/no',
    };
    const url = 'https://abc.execute-api.eu-central-1.amazonaws.com';
    const ended = await stint(['tasks', '--url', url], { env });
    expect(ended).toMatchObject({ code: 5, err: expect.stringMatching(/cannot be signed: [\s\S]*--profile/) });
  });
});

describe('colours', () => {
  it('are for terminals, or for who asks; NO_COLOR forbids them', async () => {
    const { url } = await setup();
    const outOf = async (env: Record<string, string>) => (await stint(['tasks'], { url, env })).out;
    expect(await outOf({})).not.toContain('\u001b');
    expect(await outOf({ FORCE_COLOR: '1' })).toContain('\u001b[1m');
    expect(await outOf({ NO_COLOR: '1' })).not.toContain('\u001b');
  });
});

test('a reader that has read enough ends it without a word', async () => {
  const { url, client } = await setup();
  await Promise.all(Array.from({ length: 3 }, () => client.enqueue('double', { number: 1 })));
  const { child, seen, ended } = startStint(['list', '--all', '--json'], { url });
  child.stdout.destroy();
  expect(await ended).toMatchObject({ code: 0 });
  expect(seen.err).toBe('');
});
