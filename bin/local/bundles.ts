import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { type BuildResult, build, type Message, type Metafile, stop } from 'esbuild';
import { BUNDLE, ENTRIES, type Entry } from '../../lib/bundling.ts';
import { Complaint } from './steps.mjs';

/** The code of a function, as a deploy would make it. */
export interface Bundle {
  code: Uint8Array;
  hash: string;
  /** Every file that it is made of, relative to the project. */
  files: ReadonlySet<string>;
}

/**
 * Bundles all functions as `cdk deploy` does, byte for byte, in memory. Throws a Complaint that names file and line
 * if a file cannot be read as what it says it is, or imports what is not there.
 * @param entries the folder of the entry points
 */
export async function bundleFunctions(root: string, entries: string): Promise<Map<Entry, Bundle>> {
  const { outputFiles, metafile } = await buildAll(root, entries);
  return new Map(
    ENTRIES.map((entry) => {
      const code = outputFiles.find(({ path }) => path.endsWith(`${entry}.mjs`))?.contents;
      if (code === undefined) throw new Error(`esbuild made nothing of ${entry}.ts.`);
      const hash = createHash('sha256').update(code).digest('hex');
      return [entry, { code, hash, files: filesOf(metafile, relative(root, join(entries, `${entry}.ts`))) }];
    }),
  );
}

type Built = BuildResult<{ write: false; metafile: true }>;

async function buildAll(root: string, entries: string): Promise<Built> {
  try {
    return await build({
      ...BUNDLE,
      absWorkingDir: root,
      entryPoints: ENTRIES.map((entry) => join(entries, `${entry}.ts`)),
      outdir: 'out',
      outExtension: { '.js': '.mjs' },
      banner: { js: BUNDLE.banner },
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
      write: false,
      metafile: true,
    });
  } catch (cause) {
    const errors = (cause as { errors?: Message[] }).errors;
    if (errors === undefined || errors.length === 0) throw cause;
    throw new Complaint([...new Set(errors.map(tell))].join('\n'), { cause }); // once, not once a function
  } finally {
    await stop(); // Its process would hold its memory until the next change, which may be hours away.
  }
}

function tell({ text, location }: Message): string {
  if (location === null) return text;
  const { file, line, column, lineText } = location;
  return `${file}:${line}:${column + 1}: ${text}\n  ${lineText.trim()}`;
}

/** Not only those whose code is left in the output: a file may have had some, or get some. */
function filesOf({ inputs }: Metafile, entry: string): Set<string> {
  const found = new Set([entry]);
  for (const file of found) // A Set hands out what is added meanwhile, too.
    for (const { path, external } of inputs[file]?.imports ?? []) if (external !== true) found.add(path);
  return found;
}
