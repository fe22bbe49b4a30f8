import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { wholeCommandLine } from '../../bin/cli/program.ts';
import { ROUTES } from '../../lambdas/http/api.ts';
import { tasks } from '../../lambdas/tasks/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { root } from './pages.ts';

/** The words of one command of a shell, without quotes; what is substituted stands as `$`. */
export type Words = readonly string[];

/**
 * The simple commands of a piece of shell, those within `$( )` among them: as much of the language as pages use. Quotes are taken
 * off, variables and substitutions stand as `$`, redirections are left out.
 */
export function commandsOf(shell: string): readonly Words[] {
  const commands: Words[] = [];
  let words: string[] = [];
  let word: string | undefined;
  const add = (text: string) => {
    word = (word ?? '') + text;
  };
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let i = 0; i < shell.length; i++) {
    const rest = shell.slice(i);
    const substituted = substitution(rest);
    if (substituted !== undefined) {
      commands.push(...commandsOf(substituted.commands));
      add('$');
      i += substituted.length - 1;
      continue;
    }
    const char = shell[i] as string;
    const [redirection] = /^(?:\d?>{1,2}(?:&\d)?|<)\s*(?:[^\s|;&]+)?/.exec(rest) ?? [];
    if (char === '\\' && shell[i + 1] === '\n') i++;
    else if (char === '\\') add(shell[++i] ?? '');
    else if (char === "'") {
      const end = shell.indexOf("'", i + 1);
      add(shell.slice(i + 1, end));
      i = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(shell, i);
      add(quoted.text);
      commands.push(...quoted.commands);
      i = quoted.end;
    } else if (redirection !== undefined && !/^<\(/.test(rest)) {
      endWord();
      i += redirection.length - 1;
    } else if (char === '#' && word === undefined) i += rest.split('\n')[0]!.length - 1;
    else if (
      '\n;|&(){}'.includes(char) &&
      !(char === '{' && word !== undefined) &&
      !(char === '}' && word !== undefined)
    )
      endCommand();
    else if (/\s/.test(char)) endWord();
    else add(char);
  }
  endCommand();
  return commands.map(withoutSyntax).filter((each) => each.length > 0);
}

/** What stands between two double quotes, and the commands that are substituted in it. */
function doubleQuoted(shell: string, start: number): { text: string; commands: readonly Words[]; end: number } {
  let text = '';
  const commands: Words[] = [];
  let i = start + 1;
  for (; i < shell.length && shell[i] !== '"'; i++) {
    const substituted = substitution(shell.slice(i));
    if (substituted !== undefined) {
      commands.push(...commandsOf(substituted.commands));
      text += '$';
      i += substituted.length - 1;
    } else if (shell[i] === '\\') text += shell[++i];
    else text += shell[i];
  }
  return { text, commands, end: i };
}

/** `$(…)`, `<(…)`, `$((…))`, `${…}`, `$1` or `$NAME` at the beginning of a text: its length, and the commands in it. */
function substitution(text: string): { readonly length: number; readonly commands: string } | undefined {
  if (text.startsWith('$(') || text.startsWith('<(')) {
    let depth = 0;
    for (let i = 1; i < text.length; i++) {
      if (text[i] === '(') depth++;
      if (text[i] === ')' && --depth === 0) {
        const within = text.slice(2, i);
        return { length: i + 1, commands: within.startsWith('(') ? '' : within };
      }
    }
  }
  const [variable] = /^\$(?:\{[^}]*\}|\w+|[@?#*])/.exec(text) ?? [];
  return variable === undefined ? undefined : { length: variable.length, commands: '' };
}

const KEYWORDS = new Set(['if', 'then', 'else', 'elif', 'fi', 'do', 'done', 'while', '!', 'time', 'exec']);

/** Without keywords and assignments before the command itself. `for x in …` and a function's name are no commands. */
function withoutSyntax(words: Words): Words {
  const [first = ''] = words;
  if (first === 'for') return [];
  if (KEYWORDS.has(first) || /^\w+=/.test(first)) return withoutSyntax(words.slice(1));
  return words;
}

/** What others' programs do is their business. `api`, `output` and the like are functions that the runbook declares, and are run by its test. */
const PROGRAMS_OF_OTHERS = new Set(
  'api aws jq git docker export echo date tr grep head tail sort uniq cut sleep basename source output resources api_function groups errors mappings mapping metric alarms ago insights'.split(
    ' ',
  ),
);

/** What is wrong with a command that a page tells people to type; undefined: nothing. */
export async function problemOf(words: Words): Promise<string | undefined> {
  const [program = '', ...args] = words;
  if (program === 'npx') return problemOf(args);
  if (program === 'stint') return stintProblem(args);
  if (program === 'npm') return npmProblem(args);
  if (program === 'cdk') return cdkProblem(args);
  if (program === 'curl') return requestProblem(args);
  if (program === 'api' && args.length > 0)
    return requestProblem(['-X', args[0] ?? '', `/${(args[1] ?? '').replace(/^\//, '')}`, ...args.slice(2)]);
  return PROGRAMS_OF_OTHERS.has(program) ? undefined : `nobody has checked '${program}'`;
}

let whole: Promise<Command> | undefined;

/** Whether the command line has such a command with such options, and takes as many arguments. */
async function stintProblem(args: Words): Promise<string | undefined> {
  whole ??= wholeCommandLine();
  const program = await whole;
  let command = program;
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const [flag = ''] = arg.split('=');
    if (!arg.startsWith('-')) {
      const child = operands.length === 0 ? command.commands.find((each) => each.name() === arg) : undefined;
      if (child === undefined) operands.push(arg);
      else command = child;
      continue;
    }
    if (['--help', '-h', '--version'].includes(flag)) return undefined;
    const option = [...command.options, ...program.options].find(({ long, short }) => long === flag || short === flag);
    if (option === undefined) return `'stint ${command.name()}' has no option ${flag}`;
    if ((option.required || option.optional) && !arg.includes('=')) i++;
  }
  if (command === program) return `'stint' has no command '${operands[0] ?? ''}'`;
  const declared = command.registeredArguments;
  const most = declared.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : declared.length;
  if (operands.length > most) return `'stint ${command.name()}' takes no '${operands.at(-1)}'`;
  const least = declared.filter(({ required }) => required).length;
  return operands.length < least ? `'stint ${command.name()}' wants ${least} arguments` : undefined;
}

async function npmProblem(args: Words): Promise<string | undefined> {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const [verb = '', name = ''] = args.filter((arg) => !arg.startsWith('-'));
  if (['install', 'ci', 'audit', 'pack', 'pkg'].includes(verb)) return undefined;
  const script = verb === 'run' ? name : verb;
  if (!Object.hasOwn(packageJson.scripts, script)) return `there is no script '${script}'`;
  if (script === 'stint') return stintProblem(args.slice(args.indexOf('--') + 1));
  if (verb === 'start' && flags.some((flag) => !['--', '--fresh', '--json', '--silent'].includes(flag)))
    return `npm start does not know ${flags.join(' ')}`;
  return undefined;
}

const CONTEXT = ['stage', 'alarmTopic', 'alarmTo', 'frontDoor', 'local'];

function cdkProblem(args: Words): string | undefined {
  const [verb = ''] = args;
  if (!['bootstrap', 'deploy', 'destroy', 'diff', 'synth'].includes(verb)) return `'cdk ${verb}' is none that we know`;
  for (const [i, arg] of args.entries()) {
    const value = args[i + 1] ?? '';
    if (arg === '-c' && !CONTEXT.includes(value.split('=')[0] ?? '')) return `the app reads no context '${value}'`;
    const file = value.replace(/^node /, '');
    if (arg === '--app' && !existsSync(join(root, file))) return `there is no ${file}`;
  }
  return undefined;
}

const TAKE_A_VALUE = new Set(['-X', '-d', '-H', '--aws-sigv4', '--user', '-o', '-w']);

/** Whether the API has such a route, and takes such a query and body. */
function requestProblem(args: Words): string | undefined {
  const given = (flag: string) => {
    const at = args.indexOf(flag);
    return at < 0 ? undefined : args[at + 1];
  };
  const body = given('-d');
  const method = given('-X') ?? (body === undefined ? 'GET' : 'POST');
  const url = args.find((arg, i) => !arg.startsWith('-') && !TAKE_A_VALUE.has(args[i - 1] ?? '')) ?? '';
  if (method === '$') return undefined; // a function of the page: whoever calls it is checked
  const [path = '', query = ''] = url.replace(/^(https?:\/\/[^/]+|\$)/, '').split('?');
  const route = ROUTES.find((each) => each.method === method && matches(each.path, path));
  if (route === undefined) return `the API has no ${method} ${path}`;
  const params = Object.fromEntries(new URLSearchParams(query));
  const asked = route.endpoint.query.safeParse(params);
  if (!asked.success) return `${method} ${path} does not take ?${query}: ${asked.error.message}`;
  if (body === undefined) return undefined;
  return bodyProblem(route, path, body);
}

/** `JOB_ID` and the like stand for what the reader puts in. */
const matches = (route: string, path: string): boolean =>
  new RegExp(`^${route.replace(/\{\w+\}/g, '[^/]+')}$`).test(path) &&
  (route.includes('{') || !path.includes('{')) &&
  !ROUTES.some((each) => each.path === path && each.path !== route);

function bodyProblem({ endpoint }: (typeof ROUTES)[number], path: string, body: string): string | undefined {
  const value: unknown = JSON.parse(body);
  const read = endpoint.body.safeParse(value);
  if (!read.success) return `${path} does not take ${body}: ${read.error.message}`;
  const [, name] = /^\/tasks\/(\w+)\/jobs$/.exec(path) ?? [];
  const task = tasks.find((each) => each.name === name);
  const { input } = value as { input?: unknown };
  const fits = task === undefined || task.input.safeParse(input ?? {}).success;
  return fits ? undefined : `${path}: its input does not fit the task`;
}
