import { Cron as Pattern } from 'croner';
import type { Cron } from '../core/ports.ts';

/** Cron patterns of five fields, read by croner: time zones and daylight saving included. */
export const cron: Cron = {
  ticks(schedule, from, to) {
    const parsed = read(schedule);
    const ticks: number[] = [];
    for (let tick = parsed.nextRun(new Date(from)); tick !== null && tick.getTime() <= to; tick = parsed.nextRun(tick))
      ticks.push(tick.getTime());
    return ticks;
  },
  next(schedule, from) {
    return read(schedule).nextRun(new Date(from))?.getTime();
  },
};

const read = ({ cron, timeZone = 'UTC' }: Parameters<Cron['next']>[0]): Pattern =>
  new Pattern(cron, { timezone: timeZone, mode: '5-part' });
