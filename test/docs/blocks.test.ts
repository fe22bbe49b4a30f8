import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Block, compilerSays, type Page } from './page.ts';
import { blocksOn, type PageBlock, pages, root } from './pages.ts';
import { commandsOf, problemOf } from './shell.ts';

const blocks = pages.flatMap(blocksOn);
const of = (language: string) => blocks.filter((block) => block.language === language);
const place = ({ page, line }: PageBlock) => `${page}:${line}`;

/** A block in another language is one that nobody checks. Without a language: a drawing, a layout of files, what a program prints. */
/** Queries of Logs Insights (`insights`) are checked by observability.test.ts. */
const CHECKED = ['ts', 'sh', 'json', 'python', 'insights', ''];

test('every block is in a language that is checked here', () => {
  expect(blocks.filter(({ language }) => !CHECKED.includes(language)).map(place)).toEqual([]);
  for (const language of CHECKED) expect(of(language), language).not.toEqual([]);
});

/** What stands around a block that is a part of a stack: of its props, or of the app that makes it. */
const AROUND = `import { App, Stack } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { BackgroundJobsStack, type BackgroundJobsStackProps, type Queue } from 'stint/cdk';
export const app = new App();
const roles = new Stack(app, 'roles');
const role = (name: string) => Role.fromRoleName(roles, name, name);
export const [opsRole, webRole, cronRole] = [role('ops'), role('web'), role('cron')] as const;
export declare const queues: Readonly<Record<string, Queue>>;
export type Props = Partial<BackgroundJobsStackProps>;
export type Made = BackgroundJobsStack;
`;

/** A block as a file: the one that its first line names, or one in a folder of its own. */
function fileOf({ line, code }: PageBlock): Block {
  const [, from, path] = /^\/\/ (from )?(\S+\.ts)\n/.exec(code) ?? [];
  if (path !== undefined) return { isExcerpt: from !== undefined, path, code };
  const wrapped = /^\w+: /.test(code) ? `export const props: Props = {\n${code}};\n` : `{\n${code}}\n`;
  return { isExcerpt: false, path: `app/line-${line}.ts`, code: AROUND + wrapped };
}

const pagesOfCode: readonly Page[] = [...new Set(of('ts').map(({ page }) => page))].map((page) => ({
  name: page.replaceAll('/', '-'),
  blocks: of('ts')
    .filter((block) => block.page === page)
    .map(fileOf)
    .filter(({ isExcerpt }) => !isExcerpt),
}));
/** What a page adds to a type of the project, all files of the program see: such a page is one of its own. */
const addsToTypes = ({ blocks }: Page) => blocks.some(({ code }) => code.includes('declare module'));
const programs = [
  pagesOfCode.filter((page) => !addsToTypes(page)),
  ...pagesOfCode.filter(addsToTypes).map((page) => [page]),
].map((together) => [together.map(({ name }) => name).join(', '), together] as const);

test.each(programs)('the TypeScript compiles against the code: %s', { timeout: 120_000 }, (_names, together) => {
  expect(compilerSays(together)).toBe('');
});

test('code that does not compile is told with its page', { timeout: 120_000 }, () => {
  const code = "import { tasks } from './lambdas/tasks/index.ts';\nexport const none: number = tasks;\n";
  expect(compilerSays([{ name: 'docs-wrong.md', blocks: [{ isExcerpt: false, path: 'app.ts', code }] }])).toMatch(
    /^\S*docs-wrong\.md\/app\.ts\(2,14\): error TS2322/m,
  );
});

/** Where a caller's own copy is, or what takes packages that this project has not. */
const NOT_OURS = ['web/app.ts', 'app/hooks.ts'];

test('what a page quotes of a file stands there', () => {
  const quoted = of('ts').filter((block) => fileOf(block).isExcerpt && !NOT_OURS.includes(fileOf(block).path));
  expect(quoted).not.toEqual([]);
  for (const block of quoted) {
    const [, ...lines] = block.code.split('\n');
    expect(readFileSync(join(root, fileOf(block).path), 'utf8'), place(block)).toContain(lines.join('\n'));
  }
});

test('the JSON is JSON', () => {
  for (const block of of('json')) expect(() => JSON.parse(block.code), place(block)).not.toThrow();
});

test('the Python compiles', () => {
  const script = `import ast, json, sys
for place, code in json.load(sys.stdin):
    compile(code, place, 'exec', flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)`;
  const input = JSON.stringify(of('python').map((block) => [place(block), block.code]));
  expect(() => execFileSync('python3', ['-c', script], { input, stdio: 'pipe' })).not.toThrow();
});

test.each(of('sh').map((block) => [place(block), block] as const))(
  'the commands at %s are there',
  async (_at, { code }) => {
    execFileSync('bash', ['-n'], { input: code, stdio: 'pipe' });
    const commands = commandsOf(code);
    expect(commands).not.toEqual([]);
    for (const words of commands) expect(await problemOf(words), words.join(' ')).toBeUndefined();
  },
);

test('the check bites', async () => {
  for (const wrong of [
    'npx stint enqeue poc_test_task',
    'stint list --stats failed',
    'stint get',
    'stint open this',
    'npm run docs:nothing',
    'npm start -- --afresh',
    'npx cdk deploy -c stages=prod',
    "npx cdk deploy --app 'node examples/none/app.ts'",
    'curl http://127.0.0.1:8787/job',
    "curl -s 'http://127.0.0.1:8787/jobs?state=failed'",
    `curl http://127.0.0.1:8787/tasks/create_subtitles/jobs -d '{"inputs": {}}'`,
    `curl http://127.0.0.1:8787/tasks/create_subtitles/jobs -d '{"input": {"texts": ""}}'`,
    'echo $(stint nothing)',
    'if true; then stint nothing; fi',
    'rm -rf dist',
  ]) {
    const problems = await Promise.all(commandsOf(wrong).map(problemOf));
    expect(
      problems.find((problem) => problem !== undefined),
      wrong,
    ).toBeDefined();
  }
});

test('commands are found wherever they stand', () => {
  expect(
    commandsOf(`A=1 b "c $(d "e") f" 'g h' | i > j 2>&1 && k \\
  l # m
if ! n; then
  for o in $(p); do q "\${r:-s}"; done
fi
t() { u $1; }
source <(v w)`),
  ).toEqual([
    ['d', 'e'],
    ['b', 'c $ f', 'g h'],
    ['i'],
    ['k', 'l'],
    ['n'],
    ['p'],
    ['q', '$'],
    ['t'],
    ['u', '$'],
    ['v', 'w'],
    ['source', '$'],
  ]);
});
