import { basename } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Wiring } from './job-function.ts';
import { projectLockFile } from './project-folder.ts';

type Architecture = Wiring['architecture'];

/** As Node names it. */
const cpuOf = (architecture: Architecture): 'x64' | 'arm64' => (architecture === 'x86_64' ? 'x64' : 'arm64');

/** Tells npm for which machine packages are installed that have a part for each, whatever machine this is. */
export const machineOf = (architecture: Architecture): Readonly<Record<string, string>> => ({
  npm_config_os: 'linux',
  npm_config_cpu: cpuOf(architecture),
  npm_config_libc: 'glibc',
});

/**
 * Warns where packages are installed beside the functions for this machine, and the functions run on another: CDK installs by what made the
 * lock file, and npm alone is told for which (`machineOf`).
 */
export function checkMachine(
  scope: Construct,
  { folder, entries, architecture }: Pick<Wiring, 'folder' | 'entries' | 'architecture'>,
): void {
  const lockFile = basename(projectLockFile({ folder, entries }));
  const cpu = cpuOf(architecture);
  if (lockFile === 'package-lock.json' || (process.platform === 'linux' && process.arch === cpu)) return;
  Annotations.of(scope).addWarningV2(
    'stint:node-modules-machine',
    `nodeModules: of ${lockFile} they are installed for this machine (${process.platform} ${process.arch}), and the functions run on linux ${cpu}. ` +
      'Those with a part for each machine will not load: deploy from such a machine, or choose its architecture. With npm it is any machine.',
  );
}
