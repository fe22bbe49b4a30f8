/** Takes the lock for this process. Answers undefined when it is taken, else the id of the process that holds it. */
export function takeLock(file: string, marker: string): number | undefined;

/** Gives the lock back, if this process has it. */
export function releaseLock(file: string): void;

/** Whether the process lives and its command line contains `marker`. */
export function isRunning(pid: number, marker: string): boolean;
