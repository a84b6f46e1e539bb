import { UsageError } from '../shared/usage-error.js';
import { type Command, type CommandEntry, defineCommand } from './args/command.js';
import { type CompletedCommand, SHELLS } from './completion/shells.js';

/** The command, for these commands and itself. */
export function completionOf(commands: readonly CommandEntry[]): Command {
  return defineCommand({
    name: 'completion',
    summary: 'print what a shell needs to complete commands, options and values',
    usage: 'bash | zsh | fish',
    positionals: 'The script names every command and option of this version: print it anew after an update.',
    words: Object.keys(SHELLS),
    options: {},
    examples: [
      { command: 'source <(betrace completion bash)', what: 'in ~/.bashrc' },
      {
        command: 'betrace completion zsh > "$' + '{fpath[1]}/_betrace"',
        what: 'once, before compinit runs',
      },
      { command: 'betrace completion fish > ~/.config/fish/completions/betrace.fish', what: 'once' },
    ],
    async run(_, [shell, ...more], terminal) {
      if (shell === undefined || more.length > 0) throw new UsageError('name one shell: bash, zsh or fish.');
      if (!Object.hasOwn(SHELLS, shell))
        throw new UsageError(`"${shell}" is not one of ${Object.keys(SHELLS).join(', ')}.`);
      terminal.out(SHELLS[shell as keyof typeof SHELLS](await completedCommands(commands)));
      return 0;
    },
  });
}

async function completedCommands(commands: readonly CommandEntry[]): Promise<readonly CompletedCommand[]> {
  return await Promise.all(
    commands.map(async (entry): Promise<CompletedCommand> => {
      const { name, summary, positionals, words, options } = await entry.load();
      return {
        name,
        summary,
        words: words ?? [],
        takesFiles: positionals !== undefined && words === undefined,
        options: [
          ...Object.entries(options).map(([option, { type, short, value, choices, help }]) => ({
            name: option,
            ...(short !== undefined && { short }),
            help,
            takes:
              type === 'boolean'
                ? ('nothing' as const)
                : (choices ?? (FILES.has(value ?? '') ? ('files' as const) : ('text' as const))),
          })),
          { name: 'help', short: 'h', help: 'what the command does', takes: 'nothing' as const },
        ],
      };
    }),
  );
}

/** Values of options that are paths, by what the help calls them. */
const FILES: ReadonlySet<string> = new Set(['FILE', 'DIR', 'PATHS', 'PLACE']);
