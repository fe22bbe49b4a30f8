import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The emulator's saved state names its port in every queue URL, those in the functions' environments among them, and
 * the SDK sends to the URL: under another port no message would arrive. So when the port has to change, it is
 * changed in the state too; jobs and messages stay.
 */
export function moveStateToPort(stateDir: string, from: number, to: number): void {
  if (from === to || !existsSync(stateDir)) return;
  const address = new RegExp(`(localhost|127\\.0\\.0\\.1):${from}\\b`, 'g');
  for (const name of readdirSync(stateDir).filter((name) => name.endsWith('.json'))) {
    const file = join(stateDir, name);
    const state = readFileSync(file, 'utf8');
    const moved = state.replace(address, `$1:${to}`);
    if (moved !== state) writeFileSync(file, moved);
  }
}
