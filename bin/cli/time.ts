import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function secondsOf(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit] ?? 1);
}

/** `90`, `90s`, `5m`, `2h`, `1d`: seconds. */
export function durationArgument(text: string): number {
  const seconds = secondsOf(text);
  if (seconds === undefined) throw new InvalidArgumentError('Say a duration: 90s, 5m, 2h or 1d.');
  return seconds;
}

/** `2026-11-30T09:00:00Z`, or so long ago: `2h`. */
export function pastArgument(text: string): Date {
  const seconds = secondsOf(text);
  return seconds === undefined ? timeArgument(text) : new Date(Date.now() - seconds * 1000);
}

export function timeArgument(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text))
    throw new InvalidArgumentError('Say a time with its offset: 2026-11-30T09:00:00Z.');
  return time;
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most)
      throw new InvalidArgumentError(`Say a whole number from ${least} to ${most}.`);
    return number;
  };
}
