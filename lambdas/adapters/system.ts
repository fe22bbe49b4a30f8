import { randomBytes, randomFillSync } from 'node:crypto';
import { timeOrderedId } from '../core/ids.ts';
import type { Chance, Clock } from '../core/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

export const systemChance: Chance = {
  id: (now) => timeOrderedId(now, randomFillSync(Buffer.alloc(10))),
  token: () => randomBytes(12).toString('base64url'),
  fraction: () => Math.random(),
};
