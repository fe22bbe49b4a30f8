// Loads what a user edits, as the functions will, and checks it: in a process of its own, for Node keeps a module that
// it has once loaded. What is wrong goes to standard error, with its file and line where the stack tells them.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeIn } from './error-place.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
try {
  await import('../../lambdas/hooks.ts');
  const { checkProject } = await import('../check-project.ts');
  checkProject();
  process.exit(0); // Whatever a task's module has left running.
} catch (error) {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const place = placeIn(stack, (file) => /^lambdas\/(?!core\/)/.test(relative(root, file)));
  console.error(
    place === undefined ? message : `${relative(root, place.file)}:${place.line}:${place.column}: ${message}`,
  );
  process.exit(1);
}
