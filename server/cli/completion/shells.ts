/** Completion scripts: everything that can be known of a command line without running anything. */

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** What the first argument may be, where it is one of a few words. */
  readonly words: readonly string[];
  readonly takesFiles: boolean;
  readonly options: readonly CompletedOption[];
}

interface CompletedOption {
  readonly name: string;
  readonly short?: string;
  readonly help: string;
  /** A list: one of these words. */
  readonly takes: 'nothing' | 'files' | 'text' | readonly string[];
}

/** The scripts by shell: bash 4 or newer, zsh 5, fish 3. */
export const SHELLS = { bash, zsh, fish } as const satisfies Record<
  string,
  (commands: readonly CompletedCommand[]) => string
>;

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, words, takesFiles, options }) => {
    const values = options.flatMap((option) => {
      const flags = flagsOf(option).join('|');
      if (option.takes === 'nothing') return [];
      if (option.takes === 'files') return [`        ${flags}) compopt -o default; return ;;`];
      if (option.takes === 'text') return [`        ${flags}) return ;;`];
      return [`        ${flags}) _betrace_words ${quoted(option.takes.join(' '))}; return ;;`];
    });
    const all = options.map((option) => `--${option.name}`).join(' ');
    const rest = takesFiles ? '*) compopt -o default ;;' : `*) _betrace_words ${quoted(words.join(' '))} ;;`;
    return `    ${name})
      case $previous in
${[...values, '        *) ;;'].join('\n')}
      esac
      case $current in
        -*) _betrace_words ${quoted(all)} ;;
        ${rest}
      esac ;;`;
  });
  const names = [...commands.map(({ name }) => name), 'help'];
  return `# betrace: completion for bash
_betrace_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_betrace() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    _betrace_words ${quoted([...names, '--help', '--version'].join(' '))}
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    help) _betrace_words ${quoted(names.join(' '))} ;;
  esac
}
complete -F _betrace betrace
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${escapedColon(name)}:${summary}`)}`);
  const cases = commands.map(({ name, words, takesFiles, options }) => {
    const specs = options.map((option) => {
      const flags = flagsOf(option);
      const shown = flags.length > 1 ? `{${flags.join(',')}}` : (flags[0] ?? '');
      const value =
        option.takes === 'nothing'
          ? ''
          : option.takes === 'files'
            ? ':path:_files'
            : option.takes === 'text'
              ? ':value: '
              : `:value:(${option.takes.join(' ')})`;
      return `        '*'${shown}${quoted(`[${option.help.replace(/[[\]\\:]/gu, '\\$&').replace(/\s+/gu, ' ')}]${value}`)}`;
    });
    const rest = takesFiles
      ? `'*:path:_files'`
      : words.length > 0
        ? `${quoted(`1:word:(${words.join(' ')})`)}`
        : '';
    return `      ${name})
      _arguments -s \\
${[...specs, ...(rest === '' ? [] : [`        ${rest}`])].join(' \\\n')} ;;`;
  });
  return `#compdef betrace
# betrace: completion for zsh
_betrace() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  (( CURRENT-- ))
  shift words
  case $words[1] in
${cases.join('\n')}
      help) _describe command commands ;;
  esac
}
# Autoloaded from fpath the file is the function; sourced, it says what it completes.
if [[ $funcstack[1] == _betrace ]]; then _betrace "$@"; else compdef _betrace betrace; fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, words, takesFiles, options }) => {
    const within = `complete -c betrace -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c betrace -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`,
      ...(takesFiles
        ? [`${within} -F`]
        : words.length > 0
          ? [`${within} -a ${fishQuoted(words.join(' '))}`]
          : []),
      ...options.map(({ name: option, short, help, takes }) => {
        const value =
          takes === 'nothing'
            ? ''
            : takes === 'files'
              ? ' -r -F'
              : takes === 'text'
                ? ' -x'
                : ` -x -a ${fishQuoted(takes.join(' '))}`;
        return `${within} -l ${option}${short === undefined ? '' : ` -s ${short}`}${value} -d ${fishQuoted(help)}`;
      }),
    ];
  });
  return `# betrace: completion for fish
complete -c betrace -f
${lines.join('\n')}
`;
}

function flagsOf({ name, short }: CompletedOption): readonly string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

/** For bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replace(/\s+/gu, ' ')}'`;
}

function escapedColon(text: string): string {
  return text.replaceAll(':', '\\:');
}
