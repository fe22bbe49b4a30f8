/** The test kit: runs whole jobs in memory, and shows what faults do to them. docs/testing.md tells how. */
export type { Duration } from './duration.ts';
export { effect } from './effect.ts';
export { type EveryFaultOptions, everyFault } from './every-fault.ts';
export type { FaultPlan, Kill, Point, Reply } from './faults.ts';
export type { Kit, KitOptions } from './kit.ts';
export type { RunOptions, RunOutcome } from './run-alone.ts';
export { testJobs } from './test-jobs.ts';
