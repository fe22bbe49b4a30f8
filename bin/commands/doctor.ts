import type { Command } from 'commander';
import { globalOptions } from '../cli/connect.ts';
import { EXIT } from '../cli/exit-code.ts';
import { checkMachine, checkStack, type Finding } from '../cli/findings.ts';
import { out, outJson, paint, printable } from '../cli/terminal.ts';

const EXAMPLES = `
Looks at this machine, the stack, and what your credentials may do there; says of what is wrong what to do. Changes nothing.
Ends with 1 when something is wrong.

Examples:
  $ stint doctor
  $ stint doctor --stack stint-prod --profile work`;

export function define(command: Command): void {
  command.addHelpText('after', EXAMPLES).action(doctor);
}

async function doctor(_options: object, command: Command): Promise<void> {
  const { json, ...options } = globalOptions(command);
  const tell = (finding: Finding) => {
    if (finding.state === 'wrong') process.exitCode = EXIT.failed;
    if (json) outJson(finding);
    else textOf(finding).forEach(out);
  };
  for (const finding of checkMachine(options)) tell(finding);
  for await (const finding of checkStack(options)) tell(finding);
}

const MARKS = { well: paint('green', '✓'), doubtful: paint('yellow', '!'), wrong: paint('red', '✗') } as const;

const textOf = ({ state, what, cure }: Finding): string[] => [
  `${MARKS[state]} ${printable(what)}`,
  ...(cure === undefined ? [] : [`    ${printable(cure)}`]),
];
