import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Member, membersOf } from './members.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What docs/construct.md tells of: where it is declared, and under which heading. */
export const DECLARATIONS: readonly (readonly [file: string, name: string, heading: string])[] = [
  ['lib/background-jobs-props.ts', 'BackgroundJobsProps', 'Props'],
  ['lambdas/core/queue.ts', 'Queue', 'Queue'],
  ['lib/worker-options.ts', 'WorkerOptions', 'WorkerOptions'],
  ['lib/background-jobs-props.ts', 'Throttle', 'Throttle'],
  ['lib/background-jobs-props.ts', 'Cors', 'Cors'],
  ['lib/budget.ts', 'Budget', 'Budget'],
  ['lib/auth.ts', 'PrincipalLimits', 'PrincipalLimits'],
  ['lib/auth.ts', 'RequestLimit', 'RequestLimit'],
  ['lib/background-jobs.ts', 'BackgroundJobs', 'Members'],
];

/** The part of docs/construct.md that is made of the comments in the source. */
export const REFERENCE = /<!-- reference: npm run docs:construct -->\n[\s\S]*<!-- \/reference -->/;

export function constructReference(): string {
  const sections = DECLARATIONS.map(([file, name, heading]) => {
    const members = membersOf(readFileSync(join(ROOT, file), 'utf8'), name);
    return [`## ${heading}`, '', `| | |`, `|---|---|`, ...members.map(row)].join('\n');
  });
  return ['<!-- reference: npm run docs:construct -->', sections.join('\n\n'), '<!-- /reference -->'].join('\n');
}

const row = ({ signature, comment }: Member): string => `| \`${escaped(signature)}\` | ${escaped(comment)} |`;

/** Within a cell of a table. */
const escaped = (text: string): string => text.replaceAll('|', '\\|');
