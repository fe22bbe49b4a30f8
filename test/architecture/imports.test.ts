import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What each folder may import beyond itself: folders of this project, packages, and node's own modules. */
const RULES: Record<string, { folders: string[]; packages: RegExp }> = {
  'lambdas/core': { folders: [], packages: /^(zod|@middy\/core|node:.+)$/ },
  'lambdas/tasks': { folders: ['lambdas/core'], packages: /^(zod|node:.+)$/ },
  'lambdas/http': { folders: ['lambdas/core'], packages: /^(zod|node:.+|aws-lambda)$/ },
  'lambdas/adapters': {
    folders: ['lambdas/core', 'lambdas/http'],
    packages: /^(zod(\/.+)?|node:.+|aws-lambda|croner|@aws-sdk\/.+|@smithy\/signature-v4)$/,
  },
  testing: {
    // Of the adapters what runs without AWS; of the wire how a job is shown to callers; and what a deploy checks.
    folders: [
      'lambdas/core',
      'lambdas/adapters/memory',
      'lambdas/adapters/cron.ts',
      'lambdas/http/wire',
      'lambdas/http/openapi/check-redact.ts',
    ],
    packages: /^node:.+$/,
  },
  // Runs in browsers and workers: no package, and of node nothing. Types of the tasks: see below.
  client: { folders: ['lambdas/core'], packages: /^$/ },
  lib: {
    folders: ['lambdas/core/queue.ts', 'lambdas/core/metrics.ts'],
    packages: /^(aws-cdk-lib(\/.+)?|constructs|node:.+)$/,
  },
  // What the npm package exports: names of what is elsewhere, and the checks before a deploy.
  package: { folders: ['lambdas', 'lib'], packages: /^$/ },
  // As an app of somebody else's.
  examples: { folders: [], packages: /^(stint(\/.+)?|aws-cdk-lib(\/.+)?|zod|vitest|node:.+)$/ },
};

/** The module specifiers of a file, and whether only their types are imported: types are gone at run time. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm)].map(
    (match) => match[1] ?? match[2]!,
  );
}

function forbidden(folder: string, { folders, packages }: (typeof RULES)[string]): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root }).flatMap((file) =>
    importsOf(file)
      .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name))
      .filter((name) =>
        name.endsWith('.ts') ? ![folder, ...folders].some((allowed) => name.startsWith(allowed)) : !packages.test(name),
      )
      .map((name) => `${file} imports ${name}`),
  );
}

test.each(Object.entries(RULES))('%s imports only what it may', (folder, rule) => {
  expect(globSync(`${folder}/**/*.ts`, { cwd: root }).length).toBeGreaterThan(0);
  expect(forbidden(folder, rule)).toEqual([]);
});

test('what is deployed knows nothing of the test kit', () => {
  const files = globSync('{lambdas,lib,bin}/**/*.{ts,mjs}', { cwd: root });
  const kit = files.filter((file) => importsOf(file).some((name) => join(dirname(file), name).startsWith('testing/')));

  expect(files.length).toBeGreaterThan(0);
  expect(kit).toEqual([]);
});

test('the client takes nothing but types from the lambdas: their code is not to be bundled', () => {
  const code = globSync('client/**/*.ts', { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [
      ...text.matchAll(/^(?:import|export)(?! type\b)[^'";]*?from\s+['"](\.\.[^'"]+)['"]|\bimport\(['"].*$/gm),
    ].map(([line]) => `${file}: ${line}`);
  });

  expect(code).toEqual([]);
});

test('nothing that is deployed imports the client', () => {
  const files = globSync('{lambdas,lib}/**/*.ts', { cwd: root });

  expect(files.flatMap((file) => importsOf(file).filter((name) => /(^|\/)client\/index\.ts$/.test(name)))).toEqual([]);
});

test('the rule bites: a core without its packages would be found out', () => {
  expect(forbidden('lambdas/core', { folders: [], packages: /^node:/ })).not.toEqual([]);
});
