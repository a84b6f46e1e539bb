/** The texts of `betrace --help` and `betrace COMMAND --help`. */
import type { Command } from './command.js';

export function generalHelp(
  commands: readonly { readonly name: string; readonly summary: string }[],
): string {
  return `betrace: state invariants over traces, and find where stored traces break them

Usage: betrace COMMAND [options]

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]))}

Options:
${columns([
  ['-h, --help', 'this text, or that of a command'],
  ['-V, --version', 'the version'],
])}

betrace COMMAND --help explains a command and gives examples.
`;
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, { short, value, help }]): [string, string] => [
    `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`,
    help,
  ]);
  const sections = [
    `betrace ${command.name}: ${command.summary}`,
    `Usage: betrace ${command.name} ${command.usage}`,
    ...(command.positionals ? [`  ${command.positionals}`] : []),
    `Options:\n${columns([...options, ['-h, --help', 'this text']])}`,
    `Examples:\n${command.examples.map(({ command: line, what }) => `  # ${what}\n  ${line}`).join('\n')}`,
    ...(command.notes ?? []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
