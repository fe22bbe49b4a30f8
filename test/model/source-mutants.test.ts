import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SOURCE_MUTANTS } from './source-mutants.ts';

const core = join(import.meta.dirname, '../../lambdas/core');

test.each(SOURCE_MUTANTS.map(({ name, source }) => [name, source!] as const))(
  'what is changed stands once in its file: %s',
  (_name, { file, from }) => {
    expect(readFileSync(join(core, file), 'utf8').split(from)).toHaveLength(2);
  },
);
