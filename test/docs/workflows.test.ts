import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(import.meta.dirname, '../../.github', path), 'utf8');
const WORKFLOWS = ['workflows/test.yml', 'workflows/deploy.yml'];
/** The values of a key, whatever step has it. */
const valuesOf = (workflow: string, key: string) =>
  [...read(workflow).matchAll(new RegExp(`^\\s*(?:- )?${key}: *(.+)$`, 'gm'))].map(([, value = '']) => value);

test.each(WORKFLOWS)('%s pins each action to a commit, for whoever moves a tag could run what he likes', (workflow) => {
  const actions = valuesOf(workflow, 'uses');
  expect(actions.length).toBeGreaterThan(1);
  for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test.each(WORKFLOWS)('%s runs commands that there are', (workflow) => {
  const commands = valuesOf(workflow, 'run').map((line) => line.split(' '));
  expect(commands.length).toBeGreaterThan(0);
  const scripts = [...Object.keys(packageJson.scripts), 'ci', 'audit'];
  for (const [program, name, script] of commands) {
    if (program === 'npx') expect(existsSync(join(root, 'node_modules/.bin', name ?? ''))).toBe(true);
    else expect([program, scripts]).toEqual(['npm', expect.arrayContaining([name === 'run' ? script : name])]);
  }
});

test.each(WORKFLOWS)('%s runs on the Node that Lambda runs, leaves no token behind, and ends some time', (workflow) => {
  const node = packageJson.devDependencies.node.replace(/^\D*(\d+).*$/, '$1');
  expect(valuesOf(workflow, 'node-version')).toEqual([node]);
  expect(valuesOf(workflow, 'persist-credentials')).toEqual(['false']);
  expect(valuesOf(workflow, 'timeout-minutes')).toHaveLength(1);
});

test('each push is tested as a whole, and its packages are audited', () => {
  expect(read('workflows/test.yml')).toMatch(/- run: npm test\n\s*- run: npm audit --audit-level=high/);
});

test('the workflow that tests holds no right but to read', () => {
  expect(read('workflows/test.yml')).toMatch(/^permissions:\n {2}contents: read\n(?! )/m);
});

test('a deploy has no key of its own: its token is exchanged for a role', () => {
  const deploy = read('workflows/deploy.yml');
  expect(deploy).toMatch(/^permissions:\n {2}contents: read\n {2}id-token: write\n(?! )/m);
  expect(deploy).toContain('role-to-assume:');
  expect(deploy).not.toMatch(/secrets\.|access-key/i);
});

test('no workflow puts an expression into a script, where its value would be read as code', () => {
  for (const file of WORKFLOWS)
    for (const line of read(file).split('\n')) if (/^\s*(- )?run:/.test(line)) expect(line).not.toContain('${{');
});

test('dependabot leaves alone what is pinned', () => {
  const dependabot = read('dependabot.yml');
  for (const name of ['aws-cdk', '"node"', '"@types/node"']) expect(dependabot).toContain(`dependency-name: ${name}`);
});
