/** What a command is, and how its arguments are read. */
import { parseArgs } from 'node:util';
import { suggest } from '../../../engine/language/problems/spelling.js';
import type { Terminal } from '../../shared/terminal.js';
import { parseChoice } from '../../shared/typed-values.js';
import { UsageError } from '../../shared/usage-error.js';

interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** May be given several times; the value is a list then. */
  readonly multiple?: boolean;
  /** What the value is called in the help: `DIR`. */
  readonly value?: string;
  /** What the value may be; anything where absent. */
  readonly choices?: readonly string[];
  readonly help: string;
}

type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type OptionValue<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['multiple'] extends true
    ? readonly string[]
    : S extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

type OptionValues<O extends OptionSpecs> = { readonly [K in keyof O]?: OptionValue<O[K]> };

/** Exit codes: 0 all well, 1 violations found, 2 wrong usage or rules, 3 a partial result, 70 a defect of betrace. */
type ExitCode = 0 | 1 | 2 | 3 | 4;

export interface CommandSpec<O extends OptionSpecs> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name in the usage line: `RULES… [options]`. */
  readonly usage: string;
  /** What the positional arguments are, if any are taken. */
  readonly positionals?: string;
  /** What the first of them may be, where it is one of a few words; for completion. */
  readonly words?: readonly string[];
  readonly options: O;
  readonly examples: readonly { readonly command: string; readonly what: string }[];
  /** What else to know: exit codes, formats. */
  readonly notes?: readonly string[];
  run(options: OptionValues<O>, positionals: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** A command whose options are its own affair. */
export interface Command extends Omit<CommandSpec<OptionSpecs>, 'run'> {
  /** Throws `UsageError` for arguments that it does not take. */
  start(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** A command is loaded when it is called: most need neither the database nor the grammar. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

export function defineCommand<const O extends OptionSpecs>(spec: CommandSpec<O>): Command {
  const { run, ...rest } = spec;
  return {
    ...rest,
    start: (args, terminal) => {
      const { values, positionals } = readArguments(spec, args);
      return run(values, positionals, terminal);
    },
  };
}

function readArguments<O extends OptionSpecs>(
  spec: CommandSpec<O>,
  args: readonly string[],
): { readonly values: OptionValues<O>; readonly positionals: readonly string[] } {
  // Not `strict`: its messages cannot suggest what was meant.
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(spec.options).map(([name, option]) => [name, parseArgsOption(option)]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(spec.options, token.name) ? spec.options[token.name] : undefined;
    if (!option) throw unknownOption(token.rawName, Object.keys(spec.options));
    if (option.type === 'boolean' && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value.`);
    }
    // `--blocks --tenant t` means that a value was forgotten; `--blocks=--odd` says so on purpose.
    const forgotten = token.value === undefined || (!token.inlineValue && /^-./.test(token.value));
    if (option.type === 'string' && forgotten) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value ?? 'VALUE'}`);
    }
    if (option.choices !== undefined) parseChoice(token.rawName, token.value ?? '', option.choices);
  }
  if (positionals.length > 0 && !spec.positionals) {
    throw new UsageError(`"${positionals[0]}" is not expected: betrace ${spec.name} takes options only.`);
  }
  return { values: values as OptionValues<O>, positionals };
}

function parseArgsOption({ type, short, multiple = false }: OptionSpec) {
  return { type, multiple, ...(short !== undefined && { short }) };
}

function unknownOption(name: string, known: readonly string[]): UsageError {
  const guess = suggest(name.replace(/^-+/, ''), known);
  return new UsageError(`unknown option ${name}.${guess ? ` Did you mean --${guess}?` : ''}`);
}
