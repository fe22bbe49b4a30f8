import type { JobList, ListedJob } from '../../client/index.ts';
import { jobTable } from './job-table.ts';
import { err, out, outJson } from './terminal.ts';

/** Rows that a table waits for, so that its columns fit them; then it goes on with a table of its own. */
const TABLE_ROWS = 1_000;

/** Tells of the first jobs of a list, as they come: JSON lines, or tables. @returns how many it told of */
export async function tellJobs(list: JobList, most: number, json: boolean, none: string): Promise<number> {
  const rows: ListedJob[] = [];
  let told = 0;
  let more = false;
  for await (const job of list) {
    if (told === most) {
      more = true;
      break;
    }
    told++;
    if (json) outJson(job);
    else if (rows.push(job) === TABLE_ROWS) jobTable(rows.splice(0)).forEach(out);
  }
  if (rows.length > 0) jobTable(rows).forEach(out);
  if (json) return told;
  if (told === 0) err(none);
  if (more) err('There are more: --limit N shows N, --all all.');
  return told;
}
