import type { Client, TaskTypes } from '../../client/index.ts';
import { err } from './terminal.ts';

/** Where nothing was found of a task: says if none of that name is deployed. It may be a typing error, or jobs of a task that was removed. */
export async function tellIfUnknown(task: string | undefined, client: Client<TaskTypes>): Promise<void> {
  if (task === undefined) return;
  const tasks = await client.tasks().catch(() => []); // It only adds to what was told.
  if (tasks.length > 0 && tasks.every(({ name }) => name !== task))
    err(`No task '${task}' is deployed. There are: ${tasks.map(({ name }) => name).join(', ')}.`);
}
