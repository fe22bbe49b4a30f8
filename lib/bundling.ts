import { extname, join } from 'node:path';

/** A file of `lambdas/` by its path without extension: `.ts` in the project, `.js` in the package that is made of it. */
export const lambdasFile = (path: string): string =>
  join(import.meta.dirname, '..', 'lambdas', path + extname(import.meta.filename));

/**
 * How a function becomes one file, in esbuild's words: for `cdk deploy`, and for `npm start`, which swaps changed code
 * without a deploy.
 *
 * The SDK is bundled: the version that was tested is the one that runs, and the minified ESM build of two clients
 * imports in 70 ms. Source maps stay out, for Node would read them at start.
 */
export const BUNDLE = {
  mainFields: ['module', 'main'],
  target: 'node24',
  minify: true,
  alias: {
    '@aws-sdk/credential-provider-node': lambdasFile('adapters/lambda/credentials'),
  },
  // CommonJS dependencies call `require`, which an ES module does not have.
  banner:
    "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
};

/** The entry points by name, without their extension: each exports `handler`. */
export const ENTRIES = ['api', 'worker', 'bury', 'sweep'] as const;
export type Entry = (typeof ENTRIES)[number];
