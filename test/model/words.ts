import type { JobRecord } from '../../lambdas/core/record.ts';

const WORDS: Readonly<Record<string, string>> = {
  create: 'makes the record of',
  'reuse key': 'begins a new run of',
  claim: 'claims',
  'claim redriven': 'claims the redriven',
  'abort abandoned': 'ends the abandoned abort of',
  'fail exhausted': 'fails the exhausted',
  heartbeat: 'sends a heartbeat for',
  complete: 'completes',
  fail: 'fails',
  retry: 'sends back, to be tried again,',
  'retry by sweep': 'sends back, to be tried again much later,',
  'abort own': 'writes as aborted',
  'cancel own': 'cancels',
  'abort queued': 'aborts, if it waits,',
  'abort active': 'tells to abort, if it runs,',
  'retry by hand': 'retries by hand',
  reschedule: 'reschedules',
  'amend input': 'gives another input to',
  'sweep done': 'takes the mark of the sweep off',
  'fail undeliverable': 'fails as undeliverable',
};

/** A transition as a verb, whose object is a job. */
export function transitionInWords(name: string): string {
  return WORDS[name] ?? name;
}

export function recordInWords({ status, attempt, attempt_limit, dispatch, due_at }: JobRecord): string {
  const mark = due_at === undefined ? '' : ', marked for the sweep';
  return `${status}, attempt ${attempt} of ${attempt_limit}, dispatch ${dispatch}${mark}`;
}
