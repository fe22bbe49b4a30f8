import type { EnqueueOptions } from '../lambdas/core/enqueue-options.ts';
import type { JobHandle } from './handle.ts';

/** The types of tasks by name. Written by hand, a map or an interface of them stands for tasks whose code is elsewhere. */
export type TaskTypes<T = Record<string, unknown>> = {
  readonly [Name in keyof T]: { readonly input: unknown; readonly output: unknown };
};

export type NameOf<T> = keyof T & string;

/** What a task is given. Of `never`, which is what a call without a name infers: unknown. */
export type InputIn<Types> = [Types] extends [{ readonly input: infer Input }] ? Input : never;
/** What a task gives. Of `never`: unknown. */
export type OutputIn<Types> = [Types] extends [{ readonly output: infer Output }] ? Output : never;
/** A handle of its jobs. One lookup of both types, for each costs the compiler a walk over the tasks. */
export type HandleIn<Types> = [Types] extends [{ readonly input: infer Input; readonly output: infer Output }]
  ? JobHandle<Output, Input>
  : never;

/** A job to be enqueued among many: `taskName`, `input` and options. */
export type NewJob<T, Name extends NameOf<T> = NameOf<T>> = {
  readonly [N in Name]: Omit<EnqueueOptions, 'idempotencyKey'> & {
    readonly taskName: N;
    readonly input: InputIn<T[N]>;
  };
}[Name];
