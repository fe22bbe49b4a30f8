import type { Status } from '../../client/index.ts';
import { paint } from './terminal.ts';

const COLOURS = {
  queued: 'cyan',
  active: 'yellow',
  aborting: 'magenta',
  aborted: 'magenta',
  failed: 'red',
  complete: 'green',
} as const satisfies Record<Status, string>;

/** A status in its colour, padded before it is coloured. */
export const statusText = (status: Status, width = 0): string => paint(COLOURS[status], status.padEnd(width));
