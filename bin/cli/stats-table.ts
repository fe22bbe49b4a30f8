import type { Depth, Stats } from '../../client/index.ts';
import { lengthOf } from './relative-time.ts';
import { table } from './table.ts';
import { paint } from './terminal.ts';

/** How things stand, as a person reads it: what should be empty and is not is red. */
export function statsTable({ queues, dead_letters, undeliverable, failed, oldest_waiting }: Stats): string[] {
  const row = (name: string, { ready, in_flight, delayed }: Depth) => [name, `${ready}`, `${in_flight}`, `${delayed}`];
  const alarming = (name: string, depth: Depth) =>
    row(depth.ready + depth.in_flight > 0 ? paint('red', name) : name, depth);
  const rows = [
    ...Object.entries(queues).map(([name, depth]) => row(name, depth)),
    alarming('dead-letters', dead_letters),
    alarming('undeliverable', undeliverable),
  ];
  const failures = Object.entries(failed)
    .filter(([, { count }]) => count > 0)
    .map(([task, { count, at_least }]) => `  ${task}  ${at_least ? 'at least ' : ''}${count}`);
  return [
    ...table(['QUEUE', 'READY', 'IN FLIGHT', 'DELAYED'], rows),
    ...(failures.length === 0 ? [] : ['', paint('bold', 'failed jobs, by task'), ...failures]),
    ...(oldest_waiting === null
      ? []
      : [
          '',
          `oldest waiting: ${oldest_waiting.job_id} (${oldest_waiting.task_name}), for ${lengthOf(oldest_waiting.seconds)}`,
        ]),
  ];
}
