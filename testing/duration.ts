const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time span: `'90s'`, `'1.5h'`, `'2d'`, `'-3s'`; a number is milliseconds. */
export type Duration = number | `${number}${keyof typeof UNITS}`;

/** A time span in milliseconds. @throws TypeError for what is none */
export function millis(duration: Duration): number {
  if (typeof duration === 'number' && Number.isFinite(duration)) return duration;
  const [, amount, unit] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  if (amount === undefined)
    throw new TypeError(`Not a time span: '${duration}'. Write it as '90s', '15m', '1h' or '2d'.`);
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}
