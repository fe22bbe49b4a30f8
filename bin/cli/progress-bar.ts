import { paintErr } from './terminal.ts';

export interface ProgressBar {
  /** @param fraction undefined: nobody knows how much there is */
  show(fraction: number | undefined, note: string): void;
  end(): void;
}

const WIDTH = 30;
const LEAST_MILLIS = 50;

/** A bar on standard error, for whoever watches; where that is no terminal, nothing. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  let drawn = -Infinity;
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show(fraction, note) {
      if (performance.now() - drawn < LEAST_MILLIS && fraction !== 1) return;
      drawn = performance.now();
      stream.write(`\r\x1b[2K${fraction === undefined ? '' : barOf(Math.min(1, fraction))}${note}`);
    },
    end: () => void stream.write('\r\x1b[2K'),
  };
}

function barOf(fraction: number): string {
  const full = Math.round(fraction * WIDTH);
  const bar = paintErr('green', '█'.repeat(full)) + '░'.repeat(WIDTH - full);
  return `${bar} ${String(Math.floor(fraction * 100)).padStart(3)} %  `;
}
