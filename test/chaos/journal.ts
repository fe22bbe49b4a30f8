import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the tasks themselves wrote down: one file of JSON lines per process, outside the system under test. A line is one
 * `write` to a file opened with O_APPEND, so it survives the SIGKILL that follows it. Times are the machine's, not the
 * process's own, which may be set off.
 */
export type Line = ProcessLine | AttemptLine;

interface Written {
  readonly at: number;
  readonly pid: number;
  /** Of this process alone: process ids are used again. */
  readonly process: string;
}

/** A worker process started its first job, or ended in an orderly way. */
export interface ProcessLine extends Written {
  readonly what: 'start' | 'exit';
  /** How far its clock is set off, in milliseconds. */
  readonly skew: number;
}

export interface AttemptLine extends Written {
  /** `begin` and `end` are the task's own; `settled` is a hook's: the attempt's record stands. */
  readonly what: 'begin' | 'end' | 'settled';
  /** Of one request to enqueue: it is in the job's input, and so tells the runs of a reused key apart. */
  readonly token: string;
  readonly job_id: string;
  readonly attempt: number;
  readonly how?: 'returned' | 'threw' | 'crashes' | 'success' | 'failure' | 'abort';
}

export const isAttemptLine = (line: Line): line is AttemptLine => 'token' in line;

/** Reads a folder of journals again and again, each time only what is new. */
export class JournalReader {
  readonly lines: Line[] = [];
  readonly #dir: string;
  readonly #read = new Map<string, number>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The lines written since the last call. A line whose end is not written yet waits for the next. */
  readNew(): Line[] {
    const fresh = readdirSync(this.#dir).flatMap((file) => this.#readFile(file));
    this.lines.push(...fresh);
    return fresh;
  }

  #readFile(file: string): Line[] {
    const from = this.#read.get(file) ?? 0;
    const descriptor = openSync(join(this.#dir, file), 'r');
    try {
      const fresh = Buffer.alloc(fstatSync(descriptor).size - from);
      if (fresh.length === 0) return [];
      readSync(descriptor, fresh, 0, fresh.length, from);
      const complete = fresh.lastIndexOf('\n') + 1;
      if (complete === 0) return [];
      this.#read.set(file, from + complete);
      const lines = fresh.subarray(0, complete).toString().trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line) as Line);
    } finally {
      closeSync(descriptor);
    }
  }
}
