/** A step that failed. What there is to say was printed with it: whoever catches it only has to end. */
export class StepFailed extends Error {
  constructor(label: string, cause: unknown);
}

/** What went wrong, in words for the user alone: no stack is printed with it. */
export class Complaint extends Error {
  constructor(message: string, options?: ErrorOptions);
}

/** The last lines of a file; none if it cannot be read. */
export function tailOf(file: string, lines?: number): string[];

export interface StepOptions {
  /** Its end is shown when the step fails. */
  log?: string;
  /** How much of it, 20 lines if not given. */
  logLines?: number;
  /** What to do when the step fails. */
  hint?: string;
  /** When it is aborted, the step ends as interrupted, with no error shown. */
  signal?: AbortSignal;
}

export interface Steps {
  /** Runs `work` as one step; `say` adds a note to its line. Throws StepFailed, having printed why. */
  run<T>(label: string, work: (say: (note: string) => void) => Promise<T> | T, options?: StepOptions): Promise<T>;
  line(text: string): void;
}

export interface StepsOptions {
  out?: { write(text: string): unknown; isTTY?: boolean };
  now?: () => number;
  /** Paths are shown relative to it. */
  cwd?: string;
}

export function createSteps(options?: StepsOptions): Steps;
