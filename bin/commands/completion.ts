import { Argument, type Command } from 'commander';
import { out } from '../cli/terminal.ts';

const EXAMPLES = `
Completes commands, options, and the names of tasks. It needs \`stint\` on the path: \`npm link\` in this folder puts it there.

Examples:
  $ source <(stint completion bash)                                  in ~/.bashrc
  $ source <(stint completion zsh)                                   in ~/.zshrc, after compinit
  $ stint completion fish > ~/.config/fish/completions/stint.fish`;

export function define(command: Command): void {
  command
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', EXAMPLES)
    .action(completion);
}

async function completion(shell: 'bash' | 'zsh' | 'fish'): Promise<void> {
  const { wholeCommandLine } = await import('../cli/program.ts');
  const { completionScript } = await import('../cli/completion-scripts.ts');
  out(completionScript(shell, await wholeCommandLine()));
}
