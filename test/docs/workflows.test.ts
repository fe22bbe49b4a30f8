import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../.github', path), 'utf8');

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
  for (const file of ['workflows/test.yml', 'workflows/deploy.yml'])
    for (const line of read(file).split('\n')) if (/^\s*(- )?run:/.test(line)) expect(line).not.toContain('${{');
});

test('dependabot leaves alone what is pinned', () => {
  const dependabot = read('dependabot.yml');
  for (const name of ['aws-cdk', '"node"', '"@types/node"']) expect(dependabot).toContain(`dependency-name: ${name}`);
});
