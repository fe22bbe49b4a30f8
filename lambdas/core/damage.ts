import type { JobRecord, Status } from './record.ts';

const STATUSES: readonly Status[] = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'];

/** No job has come so far: whoever set a limit of more would have it run for ever. */
const MOST = 1_000_000;

const isCount = (least: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= MOST;
const isText = (value: unknown) => typeof value === 'string' && value !== '';
/** What a JavaScript `Date` can hold. */
const isTime = (value: unknown) => typeof value === 'number' && Math.abs(value) <= 8.64e15;

/** The fields of a record that the protocol decides by, and what Stint writes into them. */
const SOUND = {
  run: isText,
  task_name: isText,
  status: (value: unknown) => (STATUSES as readonly unknown[]).includes(value),
  dispatch: isCount(1),
  attempt: isCount(0),
  attempt_limit: isCount(1),
  max_attempts: isCount(1),
  scheduled_at: isTime,
} as const satisfies Partial<Record<keyof JobRecord, (value: unknown) => boolean>>;

export type SoundField = keyof typeof SOUND;

const ALL_FIELDS = Object.keys(SOUND) as SoundField[];

/**
 * What is wrong with a record that was changed by hand, if anything is: such a record can be neither judged nor sent.
 * Looks at the fields that whoever asks decides by.
 */
export function damageOf(record: JobRecord, fields: readonly SoundField[] = ALL_FIELDS): string | undefined {
  const field = fields.find((each) => !SOUND[each](record[each]));
  if (field === undefined) return undefined;
  const found = record[field] === undefined ? 'missing' : (JSON.stringify(record[field]) ?? '?').slice(0, 100);
  return `The record's ${field} is ${found}, which Stint never writes: it was changed by hand.`;
}
