import { FREE_TIER } from '../prices.ts';

interface Line {
  readonly what: string;
  readonly count: number;
  readonly unit: string;
  readonly price: string;
  readonly dev: boolean;
  readonly dollars: number;
}

export const total = (lines: readonly { readonly dollars: number }[]): number =>
  lines.reduce((sum, { dollars }) => sum + dollars, 0);
const ofDev = (lines: readonly Line[]): readonly Line[] => lines.filter(({ dev }) => dev);

/** What is left of a bill in an account that has nothing else, and so the whole free tier. */
export function afterFreeTier(lines: readonly Line[]): number {
  const left: Record<string, number> = { ...FREE_TIER };
  return lines.reduce((sum, { price, count, dollars }) => {
    const spared = Math.min(left[price] ?? 0, count);
    left[price] = (left[price] ?? 0) - spared;
    return sum + dollars * (1 - spared / count);
  }, 0);
}

/** The bills of both stages side by side. */
export function idleTable(lines: readonly Line[]): string {
  const cell = (dollars: number, digits: number) => `$${dollars.toFixed(digits)}`.padStart(8);
  return [
    `${''.padEnd(58)}${'dev'.padStart(8)}${'prod'.padStart(8)}`,
    ...lines.map(({ what, count, unit, dev, dollars }) => {
      const counted = `${Math.round(count).toLocaleString('en').padStart(10)} ${unit.padEnd(13)}`;
      return `${what.padEnd(34)}${counted}${dev ? cell(dollars, 3) : ''.padEnd(8)}${cell(dollars, 3)}`;
    }),
    `${'an idle month'.padEnd(58)}${cell(total(ofDev(lines)), 2)}${cell(total(lines), 2)}`,
  ].join('\n');
}

/** The same in a sentence. */
export function idleSentence(lines: readonly Line[]): string {
  const usd = (dollars: number) => `$${dollars.toFixed(2)}`;
  return (
    `An idle month costs about ${usd(total(ofDev(lines)))} in the stage \`dev\` and ${usd(total(lines))} in \`prod\`, at list prices in us-east-1; after the free tier, ` +
    `in an account that has nothing else, ${usd(afterFreeTier(ofDev(lines)))} and ${usd(afterFreeTier(lines))}.`
  );
}
