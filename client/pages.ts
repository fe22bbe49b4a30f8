import type { JobPage, ListedJob, Status } from './records.ts';
import type { CallOptions, Send } from './transport.ts';
import { toWire } from './wire.ts';

/** Which jobs: what is given must all hold. */
export interface JobFilter {
  readonly taskName?: string | undefined;
  readonly userId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly status?: Status | undefined;
  readonly tag?: string | undefined;
  /** Later than this time. */
  readonly createdAfter?: Date | undefined;
  /** Earlier than this time. */
  readonly createdBefore?: Date | undefined;
}

export interface ListOptions extends CallOptions {
  /** Jobs a page, 1 to 100. Default 20. */
  readonly pageSize?: number | undefined;
}

/** Jobs, newest first: all of them by `for await`, which fetches page by page as you go; or one page, for a table. */
export interface JobList<Result = unknown> extends AsyncIterable<ListedJob<Result>> {
  /** @param cursor `next_cursor` of the page before. Default: the first page */
  page(cursor?: string | null): Promise<JobPage<Result>>;
}

export function jobList<Result>(
  send: Send,
  path: string,
  filter: object,
  { pageSize: limit, ...options }: ListOptions = {},
): JobList<Result> {
  const page = async (cursor?: string | null) => {
    const query = { ...toWire(filter), limit, cursor: cursor ?? undefined };
    return (await send<JobPage<Result>>({ method: 'GET', path, query }, options)).body;
  };
  return {
    page,
    async *[Symbol.asyncIterator]() {
      let cursor: string | null = null;
      do {
        const { jobs, next_cursor }: JobPage<Result> = await page(cursor);
        yield* jobs;
        cursor = next_cursor;
      } while (cursor !== null);
    },
  };
}
