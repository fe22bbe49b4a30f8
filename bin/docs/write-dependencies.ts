// `npm run docs:dependencies`: writes what the project depends on into docs/dependencies.md, where a test holds it to package.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesByPackage, TABLE_OF_DEPENDENCIES, tableOfDependencies } from './dependencies.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'dependencies.md');
const table = tableOfDependencies(await bytesByPackage());
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace(TABLE_OF_DEPENDENCIES, () => table),
);
