/**
 * Sets this process's clock off, before anything else is loaded: a worker's by up to `CHAOS_SKEW` = `from,to` milliseconds, at
 * random, often to the very ends of that.
 */
const machineNow = Date.now.bind(Date);

/** The machine's own time, for the journal. */
export const trueNow = (): number => machineNow();

/** How far this process's clock is set off, in milliseconds. */
export const skew = drawSkew();

if (skew !== 0) Date.now = () => machineNow() + skew;

function drawSkew(): number {
  if (process.env.QUEUE_NAME === undefined) return 0; // the API and the sweep keep the machine's time (but see hasten.ts)
  const [from = 0, to = 0] = (process.env.CHAOS_SKEW ?? '').split(',').map(Number);
  const draw = Math.random();
  if (draw < 0.3) return from;
  if (draw < 0.6) return to;
  return Math.round(from + Math.random() * (to - from));
}
