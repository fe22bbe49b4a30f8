import type { Stats } from '../../../client/records.ts';
import { lengthOf } from '../../cli/relative-time.ts';
import { call, Refused } from './api.ts';
import { type Child, h } from './dom.ts';
import { counted } from './text.ts';

/** A job that has waited for so long is worth a look. */
const LONG_SECONDS = 300;

/** Nothing for who may not see it: queues are an admin's. */
export async function loadOverview(): Promise<Stats | undefined> {
  return call<Stats>('GET', '/stats').catch((error: unknown) => {
    if (error instanceof Refused && error.status === 403) return undefined;
    throw error;
  });
}

/** How deep the queues are, what failed, and which job waits longest. */
export function drawOverview(stats: Stats | undefined): Child {
  if (stats === undefined) return null;
  const { queues, failed, oldest_waiting: oldest } = stats;
  const count = Object.values(failed).reduce((sum, task) => sum + task.count, 0);
  const more = Object.values(failed).some(({ at_least }) => at_least) ? ' or more' : '';
  return [
    Object.entries(queues).map(([name, { ready, in_flight, delayed }]) =>
      card({ title: name, figure: counted(ready, 'message'), note: `${in_flight} in flight, ${delayed} delayed` }),
    ),
    card({
      title: 'failed',
      figure: counted(count, 'job') + more,
      note: deadText(stats),
      warns: count > 0,
      href: '#/dead-letters',
    }),
    oldest !== null &&
      card({
        title: 'waits longest',
        figure: lengthOf(oldest.seconds),
        note: oldest.task_name,
        warns: oldest.seconds > LONG_SECONDS,
        href: `#/jobs/${oldest.job_id}`,
      }),
  ];
}

function deadText({ dead_letters, undeliverable }: Stats): string {
  const dead = counted(dead_letters.ready + dead_letters.in_flight, 'dead letter');
  const stuck = undeliverable.ready + undeliverable.in_flight;
  return stuck === 0 ? dead : `${dead}, ${stuck} undeliverable`;
}

interface Card {
  readonly title: string;
  readonly figure: string;
  readonly note: string;
  readonly warns?: boolean;
  readonly href?: string;
}

function card({ title, figure, note, warns = false, href }: Card): Child {
  const inside = [h('h2', null, title), h('b', null, figure), h('small', null, note)];
  const kind = warns ? 'card warns' : 'card';
  return href === undefined ? h('div', { class: kind }, inside) : h('a', { class: kind, href }, inside);
}
