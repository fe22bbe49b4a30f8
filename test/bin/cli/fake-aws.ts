import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../temp-dir.ts';
import { jsonLines } from './stint.ts';

/** An `aws` command that answers by its first two arguments, or by four, and notes how it was called. */
export function fakeAws(answers: Readonly<Record<string, unknown>>) {
  const dir = tempDir();
  const calls = join(dir, 'calls');
  const answersFile = join(dir, 'answers.json');
  writeFileSync(answersFile, JSON.stringify(answers));
  writeFileSync(calls, '');
  const code = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
const { AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID } = process.env;
appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ args, env: { AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID } }) + '\\n');
const answers = JSON.parse(readFileSync(${JSON.stringify(answersFile)}));
const answer = answers[args.slice(0, 4).join(' ')] ?? answers[args.slice(0, 2).join(' ')];
if (typeof answer === 'object') console.log(JSON.stringify(answer));
else { console.error(answer); process.exit(254); }
`;
  writeFileSync(join(dir, 'aws'), code, { mode: 0o755 });
  return { env: { PATH: dir }, calls: () => jsonLines(readFileSync(calls, 'utf8')) };
}
