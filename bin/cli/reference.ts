import type { Command } from 'commander';

/** The help of all commands as Markdown: what docs/command-line.md holds between its marks. */
export function referenceOf(program: Command): string {
  return program.commands
    .map(
      (command) =>
        `### ${command.name()}\n\n\`\`\`\n${[command, ...command.commands].map(helpOf).join('\n\n')}\n\`\`\``,
    )
    .join('\n\n');
}

const WIDTH = 110;

/** Without the options that all commands share. */
function helpOf(command: Command): string {
  let help = '';
  command
    .configureHelp({ showGlobalOptions: false, helpWidth: WIDTH })
    .configureOutput({
      writeOut(text) {
        help += text;
      },
    })
    .outputHelp();
  return help
    .trim()
    .replace(/\n *-h, --help .*/g, '')
    .replace(/\n\nOptions:(?=\n\n|$)/g, '');
}

export const REFERENCE =
  /(?<=<!-- the help of the commands: npm run docs:command-line -->\n\n)[\s\S]*(?=\n\n<!-- end of the help -->)/;
