// The steps of a command, one line each with its time. Plain JavaScript, as bootstrap.mjs uses it before anything
// is installed; its types are in steps.d.mts.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A step that failed. What there is to say was printed with it: whoever catches it only has to end. */
export class StepFailed extends Error {
  constructor(label, cause) {
    super(`${label} failed`, { cause });
    this.name = 'StepFailed';
  }
}

/** What went wrong, in words for the user alone: no stack is printed with it. */
export class Complaint extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'Complaint';
  }
}

/** The last lines of a file; none if it cannot be read, for it only comes with an error that is told anyway. */
export function tailOf(file, lines = 20) {
  try {
    const text = readFileSync(file, 'utf8').trimEnd();
    return text === '' ? [] : text.split('\n').slice(-lines);
  } catch {
    return [];
  }
}

const seconds = (millis) => `${(millis / 1000).toFixed(1)} s`.padStart(7);

/**
 * Prints steps on `out`: on a terminal a running step shows its seconds, elsewhere a line is printed when a step ends.
 */
export function createSteps({ out = process.stdout, now = () => performance.now(), cwd = process.cwd() } = {}) {
  const line = (text) => out.write(`${text}\n`);

  const explain = (error, { log, logLines, hint }) => {
    const told = error instanceof Complaint ? error.message : (error?.stack ?? String(error));
    line(told.replace(/^/gm, '      '));
    const tail = log === undefined ? [] : tailOf(log, logLines);
    if (tail.length > 0) {
      line(`\n      The end of ${relative(cwd, log)}:`);
      line(tail.join('\n').replace(/^/gm, '      | '));
    }
    if (hint !== undefined) line(`\n      ${hint}`);
  };

  /**
   * Runs `work` as one step. `work` gets `say`, which adds a note to the step's line.
   * Throws StepFailed, after having printed the error, the end of `log` and `hint`.
   */
  const run = async (label, work, { log, logLines, hint, signal } = {}) => {
    const began = now();
    let note = '';
    const say = (text) => {
      note = text;
    };
    const show = (mark) => `  ${mark} ${seconds(now() - began)}  ${label}${note && `: ${note}`}`;
    const draw = () => out.write(`\r\x1b[2K${show('…')}`);
    const ticker = out.isTTY ? setInterval(draw, 100) : undefined;
    if (out.isTTY) draw();
    const end = (mark) => {
      clearInterval(ticker);
      line(`${out.isTTY ? '\r\x1b[2K' : ''}${show(mark)}`);
    };
    try {
      signal?.throwIfAborted();
      const value = await work(say);
      end('✓');
      return value;
    } catch (error) {
      if (signal?.aborted) {
        note = 'interrupted';
        end('✗');
      } else {
        end('✗');
        explain(error, { log, logLines, hint });
      }
      throw new StepFailed(label, error);
    }
  };

  return { run, line };
}
