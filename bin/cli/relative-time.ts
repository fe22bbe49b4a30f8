/** How long ago, or in how long, in the largest unit that fits: `3 s ago`, `in 2 h`. */
export function relative(time: string, now = Date.now()): string {
  const seconds = (now - Date.parse(time)) / 1000;
  const length = lengthOf(Math.abs(seconds));
  return seconds < 0 ? `in ${length}` : `${length} ago`;
}

export function lengthOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
