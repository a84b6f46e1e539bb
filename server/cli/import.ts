import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buffer as readAll } from 'node:stream/consumers';
import { importRules } from '../../engine/import/import-rules.js';
import { triedDiagnostics } from '../../engine/language/link/tried-diagnostics.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { messageOf } from '../../engine/shared/message-of.js';
import { diagnosticText } from '../rules/diagnostics.js';
import { displayPath } from '../rules/read-rules.js';
import { plural } from '../shared/numbers.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';
import { utf8Text } from '../shared/utf8.js';
import { defineCommand } from './args/command.js';

export const importCommand = defineCommand({
  name: 'import',
  summary: 'turn rules of the older BeTrace into rules of this one',
  usage: 'FILE… [--out DIR] [--force]',
  positionals: 'FILEs are YAML with `rules:`, or the rules.json of the older server; - is standard input.',
  options: {
    out: { type: 'string', value: 'DIR', help: 'where to write; next to each FILE by default' },
    force: { type: 'boolean', help: 'write over files that are there already' },
  },
  examples: [
    { command: 'betrace import old/payments.yaml', what: 'write old/payments.betrace' },
    { command: 'betrace import old/*.yaml --out rules', what: 'write a file for each under rules' },
    { command: 'betrace import - < old.yaml', what: 'to standard output' },
  ],
  notes: [
    'A comment above a rule says where the old text could not have meant what it says, and where the example that came\nwith it shows that something else was meant. The examples become tests: run betrace test on the result.',
    'Exit code: 0; 2 if something could not be read, or a rule of the result has an error.',
  ],
  async run({ out, force = false }, files, terminal) {
    if (files.length === 0) throw new UsageError('name at least one file: betrace import FILE…');
    if (files.includes('-') && (files.length > 1 || out !== undefined))
      throw new UsageError('- is the only argument, and not with --out.');
    let failed = false;
    for (const file of files) {
      const source = await readSource(file);
      const target = file === '-' ? undefined : targetOf(file, out);
      if (!(await importOne(displayPath(file), source, target, force, terminal))) failed = true;
    }
    return failed ? 2 : 0;
  },
});

async function importOne(
  name: string,
  source: string,
  target: string | undefined,
  force: boolean,
  terminal: Terminal,
): Promise<boolean> {
  const { text, rules, noted, problems } = importRules(source);
  for (const problem of problems) terminal.err(`${printable(`${name}: ${problem}`)}\n`);
  if (rules === 0 && problems.length > 0) return false;
  if (target === undefined) terminal.out(text);
  else {
    await writeNew(target, text, force);
    const remarks = noted > 0 ? `, ${noted} with a comment to read` : '';
    terminal.out(`${printable(displayPath(target))}: ${plural(rules, 'rule')}${remarks}\n`);
  }
  const path = target === undefined ? '<stdout>' : displayPath(target);
  const workspace = loadWorkspace(new Map([[path, text]]));
  const errors = triedDiagnostics(workspace, path).filter(({ severity }) => severity === 'error');
  for (const error of errors)
    terminal.err(`${diagnosticText({ path, text }, error, new Map(), terminal.errStyle, terminal.width)}\n`);
  return problems.length === 0 && errors.length === 0;
}

function targetOf(file: string, out: string | undefined): string {
  const name = `${basename(file).replace(/\.(?:ya?ml|json)$/u, '')}.betrace`;
  return join(out ?? dirname(file), name);
}

async function readSource(file: string): Promise<string> {
  if (file === '-') return utf8Text(await readAll(process.stdin), 'standard input');
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`${displayPath(file)} cannot be read: ${messageOf(error)}`);
  });
  return utf8Text(bytes, displayPath(file));
}

async function writeNew(path: string, text: string, force: boolean): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${displayPath(path)} is there already; --force writes over it.`);
  }
}
