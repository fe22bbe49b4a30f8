import type { Entry, JobStore, ListIndex } from './ports.ts';

/** A place in a list that is merged from several partitions: after this entry. */
export interface Position extends Entry {
  readonly key: string;
}

/** Times, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Entries of several partitions as one list, read as far as they are asked for. */
export interface Merged {
  /** The next entry, which stays the next. */
  peek(): Promise<Position | undefined>;
  /** The next up to `count` entries. Fewer: the list ends. */
  take(count: number): Promise<Position[]>;
}

/** So many keys fit the 4 KB that half a read unit buys: to ask for fewer would cost the same. */
const FIRST_READ = 32;
const NEXT_READ = 128;
/** Partitions that are read at once. */
const AT_ONCE = 16;

/**
 * Merges the partitions of an index into one list, the newest first; entries of one time stand in the order of their
 * partitions, and within one in the store's own. So one entry says exactly what stands before it in every partition, and a
 * list goes on after it without knowing how far each of them was read.
 *
 * What is in the list all the time is met exactly once, whatever arrives or leaves meanwhile.
 */
export function newestFirst(
  store: Pick<JobStore, 'entries'>,
  index: ListIndex,
  keys: readonly string[],
  range: Range,
  after?: Position,
): Merged {
  const sources = keys.toSorted().map((key) => source(store, index, key, range, after));
  const head = async (): Promise<Source | undefined> => {
    const empty = sources.filter((each) => each.isEmpty());
    for (let i = 0; i < empty.length; i += AT_ONCE)
      await Promise.all(empty.slice(i, i + AT_ONCE).map((each) => each.fill()));
    let first: Source | undefined;
    for (const each of sources)
      if (each.head !== undefined && (first?.head === undefined || each.head.at > first.head.at)) first = each;
    return first;
  };
  const place = (from: Source | undefined): Position | undefined =>
    from?.head === undefined ? undefined : { ...from.head, key: from.key };
  return {
    peek: async () => place(await head()),
    async take(count) {
      const taken: Position[] = [];
      while (taken.length < count) {
        const from = await head();
        const next = place(from);
        if (from === undefined || next === undefined) break;
        taken.push(next);
        from.drop();
      }
      return taken;
    },
  };
}

interface Source {
  readonly key: string;
  readonly head: Entry | undefined;
  /** Nothing is buffered, and more may follow. */
  isEmpty(): boolean;
  fill(): Promise<void>;
  drop(): void;
}

function source(
  store: Pick<JobStore, 'entries'>,
  index: ListIndex,
  key: string,
  { from, to }: Range,
  after: Position | undefined,
): Source {
  let buffer: readonly Entry[] = [];
  let at = 0;
  let limit = FIRST_READ;
  let upTo = to;
  let last: Entry | undefined;
  if (after !== undefined) {
    // Of the same time, what stands in an earlier partition has been met, and what stands in a later one has not.
    upTo = Math.min(to, key < after.key ? after.at - 1 : after.at);
    if (key === after.key) last = { jobId: after.jobId, at: after.at };
  }
  let more = from <= upTo;
  return {
    key,
    get head() {
      return buffer[at];
    },
    isEmpty: () => at >= buffer.length && more,
    async fill() {
      while (at >= buffer.length && more) {
        const page = await store.entries(index, key, { from, to: upTo, after: last, limit });
        buffer = page.entries;
        at = 0;
        more = page.more;
        limit = NEXT_READ;
        last = buffer.at(-1) ?? last;
        upTo = last?.at ?? upTo;
      }
    },
    drop() {
      at++;
    },
  };
}
