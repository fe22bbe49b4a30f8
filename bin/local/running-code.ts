import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../../lib/bundling.ts';
import { type Bundle, bundleFunctions } from './bundles.ts';
import { bootstrapCdk, type DeployOptions, deploy } from './deploy.ts';
import { type Deployed, readDeployed, writeDeployed } from './deployed.ts';
import { checkThatItLoads, type DeployedFunction, functionsOf, updateFunctionCode } from './function-code.ts';
import { changedFiles, hashOf, readSources, type Sources } from './sources-hash.ts';
import { StepFailed, type Steps } from './steps.mjs';

/** Whatever the deployed stack is made of. */
export const SOURCES = [
  'lambdas',
  'lib',
  'bin/app.ts',
  'bin/check-project.ts',
  'package',
  'bin/local/requirements.txt',
  'cdk.json',
  'package-lock.json',
  'tsconfig.json',
];
/** Of the CDK app. */
export const CONTEXT = { local: 'true' };
const AT_START =
  'Fix it and try again. If only an older state stands in the way: npm start -- --fresh begins anew, without the jobs.';
const AT_WORK = 'Until it is fixed, the code from before runs on.';

export interface RunningCodeOptions {
  root: string;
  endpoint: string;
  steps: Steps;
  /** Where the cloud assembly goes. */
  assemblyDir: string;
  /** Folder of the CDK's logs. */
  logs: string;
  signal: AbortSignal;
}

/** What the functions run, kept up with the files. */
export class RunningCode {
  readonly #options: RunningCodeOptions;
  /** The files that what runs is made of. */
  #sources: Sources;
  #deployed: Deployed | undefined;
  /** Hash of the code that a function was given last, by its entry. */
  readonly #given = new Map<Entry, string>();
  #isBroken = false;

  private constructor(options: RunningCodeOptions, sources: Sources, deployed: Deployed | undefined) {
    this.#options = options;
    this.#sources = sources;
    this.#deployed = deployed;
  }

  /** Deploys the project's stack, unless what the emulator holds is of the same sources. Throws StepFailed. */
  static async start(options: RunningCodeOptions): Promise<RunningCode> {
    const { root, endpoint, steps, signal } = options;
    const sources = readSources(root, SOURCES);
    const deployed = await readDeployed(endpoint);
    const code = new RunningCode(options, sources, deployed);
    if (deployed?.hash === hashOf(sources, CONTEXT)) return code;
    if (deployed === undefined) {
      const log = join(options.logs, 'cdk-bootstrap.log');
      await steps.run('cdk bootstrap', () => bootstrapCdk({ ...code.#deployOptions(), log }), { log, signal });
    }
    await code.#runDeploy(AT_START, () => code.#deploy(sources));
    return code;
  }

  /** Of the stack. */
  get outputs(): Record<string, string> {
    return this.#deployed?.outputs ?? {};
  }

  /** Whether modules are installed beside the functions' code, which a swap would leave out. */
  get #hasModules(): boolean {
    return this.outputs.NodeModules !== undefined;
  }

  get functions(): DeployedFunction[] {
    return functionsOf(this.outputs);
  }

  /**
   * Makes what runs what the files say, in one step whose line says what changed: functions are given their new code,
   * and what is more than code (queues, the stack) is deployed. An error in a file is told, and changes nothing.
   */
  async catchUp(): Promise<void> {
    const now = readSources(this.#options.root, SOURCES);
    const files = changedFiles(this.#sources, now);
    if (files.length === 0) return this.#tellIfMended();
    try {
      if (this.#hasModules || files.some(needsDeploy)) await this.#redeploy(now, files);
      else await this.#swap(now, files);
      this.#sources = now;
      this.#isBroken = false;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      this.#isBroken = true; // The step has told why.
    }
  }

  #tellIfMended(): void {
    if (this.#isBroken) this.#options.steps.line('  The files are again those of the code that runs.');
    this.#isBroken = false;
  }

  async #redeploy(now: Sources, files: readonly string[]): Promise<void> {
    const { root, signal } = this.#options;
    await this.#runDeploy(AT_WORK, async (say) => {
      say(nameFew(files));
      rmSync(this.#deployOptions().log, { force: true }); // It would be shown with an error that is not its own.
      await checkThatItLoads(root, signal);
      await this.#deploy(now);
    });
  }

  async #swap(now: Sources, files: readonly string[]): Promise<void> {
    const { root, steps, signal } = this.#options;
    const work = async (say: (note: string) => void) => {
      say(nameFew(files));
      const bundles = await bundleFunctions(root, join(root, 'lambdas'));
      await checkThatItLoads(root, signal);
      const changed = [...bundles].filter(([entry, bundle]) => this.#isChanged(entry, bundle, files));
      if (changed.length > 0)
        await this.#keep({ hash: 'a swap that was broken off', outputs: this.outputs, swapped: true });
      await this.#give(new Map(changed));
      await this.#keep({ hash: hashOf(now, CONTEXT), outputs: this.outputs, swapped: true });
      say(`${nameFew(files)} → ${changed.map(([entry]) => entry).join(', ') || 'no function changes'}`);
    };
    await steps.run('swap', work, { hint: AT_WORK, signal });
  }

  #isChanged(entry: Entry, bundle: Bundle, files: readonly string[]): boolean {
    return this.#given.get(entry) !== bundle.hash && files.some((file) => bundle.files.has(file));
  }

  async #runDeploy(hint: string, work: (say: (note: string) => void) => Promise<void>): Promise<void> {
    const { steps, signal } = this.#options;
    await steps.run('cdk deploy', work, { log: this.#deployOptions().log, hint, signal });
  }

  async #deploy(now: Sources): Promise<void> {
    const { root } = this.#options;
    const outputs = await deploy(this.#deployOptions());
    const wasSwapped = this.#deployed?.swapped;
    this.#given.clear();
    await this.#keep({ hash: hashOf(now, CONTEXT), outputs, swapped: false });
    // CloudFormation knows of no swap: it may have found nothing to change in a function that runs other code.
    if (wasSwapped && !this.#hasModules) await this.#give(await bundleFunctions(root, join(root, 'lambdas')));
  }

  async #give(bundles: ReadonlyMap<Entry, Bundle>): Promise<void> {
    for (const { entry, name } of this.functions) {
      const bundle = bundles.get(entry);
      if (bundle === undefined) continue;
      await updateFunctionCode(this.#options.endpoint, name, bundle);
      this.#given.set(entry, bundle.hash);
    }
  }

  async #keep(deployed: Deployed): Promise<void> {
    await writeDeployed(this.#options.endpoint, deployed);
    this.#deployed = deployed;
  }

  #deployOptions(): DeployOptions {
    const { root, endpoint, assemblyDir, logs, signal } = this.#options;
    return { root, endpoint, context: CONTEXT, assemblyDir, log: join(logs, 'cdk-deploy.log'), signal };
  }
}

/** Whether a change of the file is more than other code of functions. */
const needsDeploy = (file: string): boolean => !file.startsWith('lambdas/') || file === 'lambdas/queues.ts';

const nameFew = (files: readonly string[]): string =>
  files.length <= 3 ? files.join(', ') : `${files.slice(0, 2).join(', ')} and ${files.length - 2} more`;
