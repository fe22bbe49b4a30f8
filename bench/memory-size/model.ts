import { PRICES } from '../prices.ts';

/** With so much memory a function has a whole core. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_OF_A_CORE = 1_769;

/** Sizes that are compared. A function may have any from 128 to 10,240 MB; our code uses no second core. */
export const SIZES_MB = [128, 256, 512, 1_024, 1_769] as const;

/** What an invocation takes, whatever its function's size. */
export interface Invocation {
  /** Milliseconds of a whole core. */
  readonly cpuMs: number;
  /** Milliseconds that it waits for others. */
  readonly waitMs: number;
}

/** Milliseconds of work on the share of a core that comes with so much memory. */
export function stretched(cpuMs: number, mb: number): number {
  return cpuMs / Math.min(1, mb / MB_OF_A_CORE);
}

/** Milliseconds that are billed. Work and waiting are taken one after the other, which is the longest that it can be. */
export function billedMs({ cpuMs, waitMs }: Invocation, mb: number): number {
  return Math.ceil(waitMs + stretched(cpuMs, mb));
}

/** Dollars for the time of a million invocations. */
export function millionDollars(invocation: Invocation, mb: number): number {
  return (1e6 * billedMs(invocation, mb) * mb * PRICES.lambdaGbSecondArm) / 1_000 / 1_024;
}

/**
 * The size at which price and time are in balance: their product is least, so to go up would cost a larger part than it saves, and to
 * go down would slow by a larger part than it saves. Between 128 MB and a core that is where an invocation works as long as it waits.
 * @param leastMb what its process needs
 */
export function balancedMb(invocation: Invocation, leastMb: number): number {
  const product = (mb: number) =>
    millionDollars(invocation, mb) * (invocation.waitMs + stretched(invocation.cpuMs, mb));
  const sizes = SIZES_MB.filter((mb) => mb >= leastMb);
  return sizes.reduce((best, mb) => (product(mb) < product(best) ? mb : best), sizes[0] ?? SIZES_MB[0]);
}
