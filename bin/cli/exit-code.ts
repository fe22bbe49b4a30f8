/** How `stint` ends, for scripts. The texts are those of `stint --help` and of docs/command-line.md. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  jobFailed: 3,
  refused: 4,
  notAllowed: 5,
  unreachable: 6,
  timeout: 7,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'something failed, or some of many did'],
  [EXIT.usage, 'the command, its input or a job that it names is malformed'],
  [EXIT.jobFailed, 'a job that was waited for ended as failed or aborted'],
  [EXIT.refused, 'no such job, task, key or stack; or its state forbids it'],
  [EXIT.notAllowed, 'not signed in, or not allowed'],
  [EXIT.unreachable, 'no stack was found, or it does not answer'],
  [EXIT.timeout, 'the time of --timeout is up; the job goes on'],
];

/** What ends a command, in words for the user alone: no stack is printed with it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
