/** The value that so much of all lie below: 0.5 is the median. Not a number of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** By how much one of two is more than the other, round by round: what the machine did beside is in both. */
export function ratiosOf(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, round) => value / (others[round] ?? Number.NaN));
}

/** The median of each round's ratio. */
export function ratioOf(values: readonly number[], others: readonly number[]): number {
  return median(ratiosOf(values, others));
}

/** The first whole number among the arguments of this script. */
export function countFromArguments(otherwise: number): number {
  return Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? otherwise);
}
