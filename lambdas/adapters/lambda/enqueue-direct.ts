import type { Engine } from '../../core/engine.ts';
import { enqueue } from '../../core/enqueue.ts';
import type { EnqueueOptions } from '../../core/enqueue-options.ts';
import type { Status } from '../../core/record.ts';
import type { AnyTask, TypesByName } from '../../core/task.ts';
import { awsEngine, type Project } from './engine.ts';

/** What became of a job, as the API answers it. */
export interface EnqueuedDirectly {
  readonly job_id: string;
  readonly status: Status;
  /** The job was there already, by its `key` or its idempotency key. */
  readonly deduplicated: boolean;
}

/**
 * Enqueues from code of one's own account, without the HTTP hop: the API's use case, with its checks, hooks and promises.
 *
 * Its function has what the API has, by `grantEnqueue` of the stack. Whoever may call it is an admin; nobody is limited. It
 * throws what the use case throws (core/enqueue.ts), and tries nothing again but what the AWS SDK does: give `idempotencyKey` to
 * be safe to call again.
 * @param engineOf made at the first call, for a module that is imported elsewhere must not fail without its environment
 */
export function directEnqueue<Tasks extends readonly AnyTask[]>(
  project: Project & { readonly tasks: Tasks },
  engineOf: (project: Project) => Engine = awsEngine,
) {
  type Types = TypesByName<Tasks>;
  let engine: Engine | undefined;
  return async <Name extends keyof Types & string>(
    taskName: Name,
    input: Types[Name] extends { readonly input: infer Input } ? Input : never,
    options?: EnqueueOptions,
  ): Promise<EnqueuedDirectly> => {
    engine ??= engineOf(project);
    const { jobId: job_id, status, deduplicated } = await enqueue(engine, taskName, input, options);
    return { job_id, status, deduplicated };
  };
}
