import { Cron as Pattern } from 'croner';
import type { Cron } from '../core/ports.ts';

/** Cron patterns of five fields, read by croner: time zones and daylight saving included. */
export const cron: Cron = {
  ticks({ cron: pattern, timeZone = 'UTC' }, from, to) {
    const parsed = new Pattern(pattern, { timezone: timeZone, mode: '5-part' });
    const ticks: number[] = [];
    for (let tick = parsed.nextRun(new Date(from)); tick !== null && tick.getTime() <= to; tick = parsed.nextRun(tick))
      ticks.push(tick.getTime());
    return ticks;
  },
};
