import type { Command, Option } from 'commander';

/** What a shell is told of a command. */
interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** Of its first argument: subcommands, or what it can be. */
  readonly values: readonly string[];
  readonly takesTask: boolean;
}

/** A script that completes commands, options and their values, and asks `stint tasks --names` where a task is named. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', program: Command): string {
  const commands = program.commands.map(wordsOf);
  const globals = program.options;
  switch (shell) {
    case 'bash':
      return bash(commands, globals);
    case 'zsh':
      return zsh(commands, globals);
    case 'fish':
      return fish(commands, globals);
  }
}

function wordsOf(command: Command): Words {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    summary: command.description(),
    options: [...command.options, ...command.commands.flatMap((sub) => sub.options)],
    values: [...command.commands.map((sub) => sub.name()), ...(argument?.argChoices ?? [])],
    takesTask: argument?.name() === 'task',
  };
}

const longs = (options: readonly Option[]): string[] =>
  [...new Set(options.map(({ long }) => long ?? ''))].filter(Boolean);

/** What an option's value can be; none where the shell is to complete files. */
const valuesOf = (options: readonly Option[]): Map<string, readonly string[]> =>
  new Map(options.flatMap(({ long, argChoices }) => (long && argChoices ? [[long, argChoices] as const] : [])));

const takers = (options: readonly Option[]): string[] =>
  longs(options.filter(({ required, optional }) => required || optional));

function bash(commands: readonly Words[], globals: readonly Option[]): string {
  const all = [...globals, ...commands.flatMap(({ options }) => options)];
  const perCommand = commands.map(
    ({ name, options, values, takesTask }) =>
      `    ${name}) words="${[...values, ...longs(options)].join(' ')}"${takesTask ? '; tasks=1' : ''} ;;`,
  );
  const perOption = [...valuesOf(all)].map(
    ([long, values]) => `    ${long}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur")); return ;;`,
  );
  const files = takers(all).filter((long) => long !== '--task' && !valuesOf(all).has(long));
  return `# Completion of stint for bash: source <(stint completion bash)
_stint() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= tasks= word
  case $prev in
    --task) COMPREPLY=($(compgen -W "$(stint tasks --names 2>/dev/null)" -- "$cur")); return ;;
${perOption.join('\n')}
    ${files.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${commands.map(({ name }) => name).join('|')}) command=$word; break ;; esac
  done
  case $command in
    '') words="${commands.map(({ name }) => name).join(' ')} --version" ;;
${perCommand.join('\n')}
  esac
  [[ $tasks && $cur != -* ]] && words="$(stint tasks --names 2>/dev/null)"
  COMPREPLY=($(compgen -W "$words ${longs(globals).join(' ')} --help" -- "$cur"))
}
complete -F _stint stint`;
}

const zshQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`;

function zsh(commands: readonly Words[], globals: readonly Option[]): string {
  const all = [...globals, ...commands.flatMap(({ options }) => options)];
  const described = commands.map(({ name, summary }) => `    ${zshQuoted(name)}:${zshQuoted(summary)}`);
  const perCommand = commands.map(
    ({ name, options, values, takesTask }) =>
      `    ${name}) words=(${[...values, ...longs(options)].join(' ')})${takesTask ? '; tasks=1' : ''} ;;`,
  );
  const perOption = [...valuesOf(all)].map(
    ([long, values]) => `    ${long}) compadd -- ${values.join(' ')}; return ;;`,
  );
  const files = takers(all).filter((long) => long !== '--task' && !valuesOf(all).has(long));
  return `#compdef stint
# Completion of stint for zsh: source <(stint completion zsh), after compinit
_stint() {
  local -a described
  local command= tasks= word
  local -a words_of
  case \${words[CURRENT-1]} in
    --task) compadd -- \${(f)"$(stint tasks --names 2>/dev/null)"}; return ;;
${perOption.join('\n')}
    ${files.join('|')}) _files; return ;;
  esac
  for word in \${words[2,CURRENT-1]}; do
    case $word in ${commands.map(({ name }) => name).join('|')}) command=$word; break ;; esac
  done
  described=(
${described.join('\n')}
  )
  case $command in
    '') _describe command described ;;
${perCommand.join('\n').replaceAll('words=(', 'words_of=(')}
  esac
  if [[ -n $tasks && $PREFIX != -* ]]; then
    compadd -- \${(f)"$(stint tasks --names 2>/dev/null)"}
  else
    compadd -- $words_of ${longs(globals).join(' ')} --help
  fi
}
compdef _stint stint`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fish(commands: readonly Words[], globals: readonly Option[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const none = `"not __fish_seen_subcommand_from ${names}"`;
  const option = ({ long, description, argChoices, required }: Option, condition: string) => {
    const name = long?.slice(2) ?? '';
    const value =
      name === 'task'
        ? ' -xa "(stint tasks --names 2>/dev/null)"'
        : argChoices
          ? ` -xa "${argChoices.join(' ')}"`
          : required
            ? ' -r'
            : '';
    return `complete -c stint${condition} -l ${name} -d ${fishQuoted(description)}${value}`;
  };
  return [
    '# Completion of stint for fish: stint completion fish > ~/.config/fish/completions/stint.fish',
    'complete -c stint -f',
    ...commands.map(({ name, summary }) => `complete -c stint -n ${none} -a ${name} -d ${fishQuoted(summary)}`),
    ...globals.map((one) => option(one, '')),
    ...commands.flatMap(({ name, options, values, takesTask }) => {
      const condition = ` -n "__fish_seen_subcommand_from ${name}"`;
      return [
        ...options.map((one) => option(one, condition)),
        ...(values.length > 0 ? [`complete -c stint${condition} -a "${values.join(' ')}"`] : []),
        ...(takesTask ? [`complete -c stint${condition} -a "(stint tasks --names 2>/dev/null)"`] : []),
      ];
    }),
  ].join('\n');
}
