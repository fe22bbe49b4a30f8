// What `bin/stint` runs. Every Node must be able to read this far, so that it can say what it lacks.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');

if (!existsSync(join(modules, 'commander'))) {
  console.error('The packages of this project are not installed yet: run npm start, or npm ci.');
  process.exitCode = 1;
} else if (process.features.typescript) {
  // Saves a third of the start. In this folder: what stands in /tmp others may have written.
  nodeModule.enableCompileCache(join(modules, '.cache', 'stint'));
  import('./stint.ts');
} else {
  console.error(`Node ${process.versions.node} is too old for stint, and the project's own is missing: run npm ci.`);
  process.exitCode = 1;
}
