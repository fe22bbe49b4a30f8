import { trueNow } from './clock.ts';

/**
 * Sets the sweep's clock ahead by `CHAOS_SWEEP_AHEAD` milliseconds, so that a short run sees within seconds what it does for a
 * message that was lost a minute ago. It only sends sooner, and a message too soon does no harm.
 */
const ahead = Number(process.env.CHAOS_SWEEP_AHEAD ?? 0);

if (ahead !== 0) Date.now = () => trueNow() + ahead;
