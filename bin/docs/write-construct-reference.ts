// `npm run docs:construct`: writes the comments of props and members into docs/construct.md, where a test holds it to them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constructReference, REFERENCE } from './construct-reference.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'construct.md');
const reference = constructReference();
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace(REFERENCE, () => reference),
);
