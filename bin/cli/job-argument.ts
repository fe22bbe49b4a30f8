import { InvalidArgumentError } from 'commander';

/** The id of a job. One that is empty, as of a variable that is not set, or a dot would ask the API for something else. */
export function jobArgument(text: string): string {
  if (/^\.{0,2}$/.test(text)) throw new InvalidArgumentError('Say the id of a job, as enqueue printed it.');
  return text;
}

/** Several of them. */
export const jobArguments = (text: string, before: readonly string[] = []): string[] => [...before, jobArgument(text)];
