import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS, functionBundle } from '../../bench/start/bundles.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { REASONS } from './dependency-reasons.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The part of docs/dependencies.md that is made of package.json, the packages themselves and the bundles. */
export const TABLE_OF_DEPENDENCIES = /<!-- dependencies: npm run docs:dependencies -->\n[\s\S]*<!-- \/dependencies -->/;

/** Minified bytes of each package in the function that has most of it; the SDK's many packages taken together as `AWS SDK`. */
export async function bytesByPackage(): Promise<Readonly<Record<string, number>>> {
  const bundles = await Promise.all(FUNCTIONS.map(functionBundle));
  const most: Record<string, number> = {};
  for (const { from } of bundles)
    for (const [name, bytes] of Object.entries(from)) most[name] = Math.max(most[name] ?? 0, bytes);
  return most;
}

/** @throws Error for a dependency without a reason, and for a reason without a dependency */
export function tableOfDependencies(bytes: Readonly<Record<string, number>>): string {
  const { dependencies, devDependencies } = packageJson;
  const all = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const unexplained = all.filter((name) => !Object.hasOwn(REASONS, name));
  if (unexplained.length > 0)
    throw new Error(`No reason for ${unexplained.join(', ')}: give it in bin/docs/dependency-reasons.ts.`);
  const gone = Object.keys(REASONS).filter((name) => !all.includes(name));
  if (gone.length > 0) throw new Error(`${gone.join(', ')} is no dependency: take its reason out.`);
  const table = (names: readonly string[], sized: boolean) => {
    const head = sized
      ? ['| package | why | in the bundle | licence | looked at instead |', '|---|---|---|---|---|']
      : ['| package | why | licence | looked at instead |', '|---|---|---|---|'];
    const rows = Object.entries(REASONS)
      .filter(([name]) => names.includes(name))
      .map(([name, { why, instead }]) => {
        const size = sized ? ` ${sizeOf(name, bytes)} |` : '';
        return `| \`${name}\` | ${why} |${size} ${licenceOf(name)} | ${instead} |`;
      });
    return [...head, ...rows].join('\n');
  };
  return [
    '<!-- dependencies: npm run docs:dependencies -->',
    '## At run time',
    '',
    table(Object.keys(dependencies), true),
    '',
    '## To build, test and deploy',
    '',
    table(Object.keys(devDependencies), false),
    '<!-- /dependencies -->',
  ].join('\n');
}

/** In KB of 1,000 bytes. */
function sizeOf(name: string, bytes: Readonly<Record<string, number>>): string {
  if (/^@(aws-sdk|smithy)\//.test(name)) return `${kilobytes(bytes['AWS SDK'])}, all of the SDK together`;
  return bytes[name] === undefined ? 'in none' : kilobytes(bytes[name]);
}

const kilobytes = (bytes = 0): string => `${Math.round(bytes / 1_000)} KB`;

function licenceOf(name: string): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
  return manifest.license as string;
}
