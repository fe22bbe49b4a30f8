import { randomBytes } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptLine, ProcessLine } from '../journal.ts';
import { skew, trueNow } from './clock.ts';

const { pid } = process;
const name = `${pid}-${randomBytes(4).toString('hex')}`;

let file: number | undefined;

/** Appends a line, and returns when the kernel has it. */
function append(line: object): void {
  file ??= openSync(join(process.env.CHAOS_JOURNAL ?? '', `${name}.jsonl`), 'a');
  writeSync(file, `${JSON.stringify({ at: trueNow(), pid, process: name, ...line })}\n`);
}

export function noteProcess(what: ProcessLine['what']): void {
  append({ what, skew });
}

export function noteAttempt(
  what: AttemptLine['what'],
  of: { readonly jobId: string; readonly attempt: number },
  token: string,
  how?: AttemptLine['how'],
): void {
  append({ what, token, job_id: of.jobId, attempt: of.attempt, ...(how === undefined ? {} : { how }) });
}
