// `npm run docs:rights`: writes what the roles of the stack may do into docs/rights.md, where a test holds it to the template.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLE_OF_RIGHTS, tableOfRights, templateOfRights } from './rights.ts';

const root = join(import.meta.dirname, '..', '..');
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
const file = join(root, 'docs', 'rights.md');
const table = tableOfRights(templateOfRights(context));
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace(TABLE_OF_RIGHTS, () => table),
);
