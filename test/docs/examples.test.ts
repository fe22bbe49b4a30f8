import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from './page.ts';
import { root } from './pages.ts';

const examples = globSync('examples/*/app.ts', { cwd: root }).map((app) => dirname(app));
const text = (example: string, file: string) => readFileSync(join(root, example, file), 'utf8');

test.each(examples)(
  '%s is taken down by its page, its buckets emptied first: CloudFormation deletes no other',
  (example) => {
    const commands = blocksOf(text(example, 'README.md'), 'sh').flatMap(({ code }) => code.split('\n'));
    const destroyed = commands.findIndex((line) => line.includes(`cdk destroy --app 'node ${example}/app.ts'`));
    expect(destroyed).toBeGreaterThan(0);
    if (!/\bnew (Cfn)?Bucket\(/.test(text(example, 'app.ts'))) return;
    const emptied = commands.findIndex((line) => /^aws s3 rm s3:\/\/\S+ --recursive/.test(line));
    expect(emptied).toBeGreaterThanOrEqual(0);
    expect(emptied).toBeLessThan(destroyed);
  },
);
