import type { Engine } from './engine.ts';
import { StintError } from './errors.ts';
import type { JobRecord } from './record.ts';
import { all, compare, literal } from './transition.ts';

/**
 * The engine as a user has it who may deal with nothing but their own jobs.
 *
 * Another's job is not there, for reading or for writing: it cannot be told from one that never was. What is enqueued is
 * the user's, and its `key` and idempotency key are apart from everyone else's, so that no key can be found out or
 * occupied (enqueue.ts, list-jobs.ts ask `userFor`).
 */
export function forUser(engine: Engine, userId: string): Engine {
  const { store } = engine;
  const own = (record: JobRecord | undefined): record is JobRecord => record?.user_id === userId;
  return {
    ...engine,
    onlyUser: userId,
    store: {
      ...store,
      get: async (jobId) => {
        const record = await store.get(jobId);
        return own(record) ? record : undefined;
      },
      getMany: async (jobIds) => (await store.getMany(jobIds)).filter(own),
      // A put makes a job, and it is the user's; all else is changed only as long as it is the user's.
      apply: (jobId, transition, values) =>
        transition.does === 'put'
          ? store.apply(jobId, transition, values)
          : store.apply(
              jobId,
              { ...transition, when: all(transition.when, compare('user_id', '=', literal(userId))) },
              values,
            ),
    },
  };
}

/**
 * The user for whom something is asked: as the caller says, or the one user for whom this engine works.
 * @throws StintError `forbidden` when these differ
 */
export function userFor({ onlyUser }: Pick<Engine, 'onlyUser'>, asked: string | undefined): string | undefined {
  if (onlyUser === undefined) return asked;
  if (asked === undefined || asked === onlyUser) return onlyUser;
  throw new StintError('forbidden', 'You may name no user but yourself: leave user_id out, or give your own.');
}
