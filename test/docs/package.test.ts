import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const page = readFileSync(join(import.meta.dirname, '../../docs/package.md'), 'utf8');

test('its table names every part of the package', () => {
  const parts = Object.keys(packageJson.exports).filter((name) => name !== './package.json');
  for (const part of parts) expect(page).toContain(`\`${part.replace('.', 'stint')}\``);
});
