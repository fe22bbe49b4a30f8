// `npm run docs:command-line`: writes the help of the commands into docs/command-line.md, where a test holds it to them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wholeCommandLine } from './program.ts';
import { REFERENCE, referenceOf } from './reference.ts';
import { PROJECT } from './target.ts';

const file = join(PROJECT, 'docs', 'command-line.md');
const reference = referenceOf(await wholeCommandLine());
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace(REFERENCE, () => reference),
);
