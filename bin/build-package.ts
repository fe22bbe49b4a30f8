// `npm run build`: makes the npm package of this project in dist/package, compiled, for Node reads no TypeScript below node_modules.
// `npm run build -- FOLDER` makes it there.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageManifest } from './package-manifest.ts';
import { bundled, STATIC } from './ui/page-files.ts';

const ROOT = join(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? join(ROOT, 'dist', 'package'));

rmSync(folder, { recursive: true, force: true });
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.package.json', '--outDir', folder], {
  cwd: ROOT,
  stdio: 'inherit',
});

for (const file of globSync('bin/**/*.d.ts', { cwd: folder })) rmSync(join(folder, file)); // a command, not to be imported
// The compiler rewrites the imports of what it makes of code, not of types.
for (const file of globSync('**/*.d.ts', { cwd: folder })) {
  const types = readFileSync(join(folder, file), 'utf8');
  writeFileSync(join(folder, file), types.replace(/((?:from|import\() ?["']\.[^"']*)\.ts(?=["'])/g, '$1.js'));
}
for (const file of [
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'bin/cli/new-task',
  ...STATIC.map((name) => `bin/ui/page/${name}`),
  ...globSync('bin/local/*.mjs', { cwd: ROOT }),
])
  cpSync(join(ROOT, file), join(folder, file), { recursive: true });
writeFileSync(join(folder, 'bin/ui/page/app.js'), await bundled());
const manifest = packageManifest(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
chmodSync(join(folder, 'bin', 'stint.js'), 0o755);
