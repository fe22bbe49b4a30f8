import { partitionsOf, SHARDS, shardOf } from '../../lambdas/core/record.ts';

/** How jobs are spread over tasks. */
export type Skew = 'even' | 'zipf' | 'one';

/** The share of each of so many tasks. Zipf: the n-th has 1/n of the first. */
export function sharesOf(tasks: number, skew: Skew): number[] {
  const weights = Array.from({ length: tasks }, (_each, i) =>
    skew === 'even' ? 1 : skew === 'zipf' ? 1 / (i + 1) : +(i === 0),
  );
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The writes a second of the busiest partition of the index by task: each job writes one entry, in the partition that its
 * record's own function (`shardOf`) chooses by its id.
 * @param jobs so many are drawn; more give a steadier figure
 */
export function hottestPartition(
  jobsASecond: number,
  { tasks, skew, jobs = 20_000 }: { readonly tasks: number; readonly skew: Skew; readonly jobs?: number },
): number {
  const writes = new Map<string, number>();
  sharesOf(tasks, skew).forEach((share, task) => {
    const partitions = partitionsOf('task', `task_${task}`);
    for (let i = 0; i < share * jobs; i++) {
      const partition = partitions[shardOf(`job ${task} ${i}`, SHARDS.task)] ?? '';
      writes.set(partition, (writes.get(partition) ?? 0) + 1);
    }
  });
  const all = [...writes.values()].reduce((sum, count) => sum + count, 0);
  return (Math.max(...writes.values()) / all) * jobsASecond;
}
