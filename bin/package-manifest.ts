/** Of a package.json, what the package that is made of the project is told of. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What an app shares with the package, so that there is one of each: a task's schemas are zod's, and a stack's constructs the CDK's. */
const PEERS = ['aws-cdk-lib', 'constructs', 'zod'];

/** The package.json of the package: the project's own, of compiled files, without what only its development needs. */
export function packageManifest({ dependencies, devDependencies, ...manifest }: Manifest): object {
  const { name, version, description, license, exports, imports } = manifest;
  const versions = { ...devDependencies, ...dependencies };
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    // Of commander and middy; Lambda's is 24.
    engines: { node: '>=22.12.0' },
    bin: { stint: 'bin/stint.js' },
    exports: compiled(exports),
    imports: compiled(imports),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).filter(([dependency]) => !PEERS.includes(dependency)),
    ),
    peerDependencies: Object.fromEntries(PEERS.map((peer) => [peer, versions[peer]])),
    // A page that has only the client needs neither.
    peerDependenciesMeta: { 'aws-cdk-lib': { optional: true }, constructs: { optional: true } },
  };
}

const compiled = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.replace(/\.ts$/, '.js')]));
