import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { buffer as readAll } from 'node:stream/consumers';
import { formatText } from '../../engine/language/format/format.js';
import { withTriedFixes } from '../../engine/language/problems/fixes.js';
import { diagnosticText, type SourceFile } from '../rules/diagnostics.js';
import { displayPath, findRuleFiles, readRuleFile } from '../rules/read-rules.js';
import { plural } from '../shared/numbers.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';
import { utf8Text } from '../shared/utf8.js';
import { defineCommand } from './args/command.js';
import { onInterrupt } from './terminal/signals.js';

export const fmtCommand = defineCommand({
  name: 'fmt',
  summary: 'lay rules out in the one usual way',
  usage: 'RULES… [--check | --write]',
  positionals: 'RULES are files, folders (every *.betrace file under them) or patterns; - is standard input.',
  options: {
    check: { type: 'boolean', help: 'only say which files would change' },
    write: {
      type: 'boolean',
      short: 'w',
      help: 'change the files; without it the result goes to standard output',
    },
  },
  examples: [
    { command: 'betrace fmt --write rules', what: 'lay out every rule under a folder' },
    { command: 'betrace fmt --check rules', what: 'fail where something is not laid out, in CI' },
    { command: 'betrace fmt - < pay.betrace', what: 'from an editor' },
  ],
  notes: [
    'Comments are kept and meaning never changes. A file that cannot be parsed is left as it is.',
    'Exit code: 0; 1 if --check finds a file that would change; 2 for errors.',
  ],
  async run({ check = false, write = false }, patterns, terminal) {
    if (check && write) throw new UsageError('--check and --write exclude each other.');
    const fromInput = patterns.includes('-');
    if (fromInput && (patterns.length > 1 || write))
      throw new UsageError('- is the only argument, and not with --write.');
    const files = fromInput ? [await standardInput()] : await readFiles(patterns);
    let failed = 0;
    let changed = 0;
    for (const file of files) {
      const { text, diagnostics } = formatText(file.text);
      const checked = { text: file.text, diagnostics };
      const tried = withTriedFixes(checked, (fixed) => formatText(fixed).diagnostics);
      const errors = tried.filter(({ severity }) => severity === 'error');
      for (const diagnostic of errors) {
        terminal.err(`${diagnosticText(file, diagnostic, new Map(), terminal.errStyle, terminal.width)}\n`);
      }
      if (errors.length > 0) failed++;
      else if (!check && !write) printSource(text, terminal);
      else if (text !== file.text) {
        changed++;
        if (write) await replaceFile(file.path, text);
        terminal.out(`${printable(displayPath(file.path))}\n`);
      }
    }
    if (check || write) terminal.err(summary(files.length, changed, failed, write));
    if (failed > 0) return 2;
    return check && changed > 0 ? 1 : 0;
  },
});

async function standardInput(): Promise<SourceFile> {
  return { path: '<stdin>', text: utf8Text(await readAll(process.stdin), 'standard input') };
}

async function readFiles(patterns: readonly string[]): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of await findRuleFiles(patterns)) files.push({ path, text: await readRuleFile(path) });
  return files;
}

/** As it is: what is printed here is meant to be saved. */
function printSource(text: string, terminal: Terminal): void {
  terminal.out(text);
}

function summary(files: number, changed: number, failed: number, written: boolean): string {
  const what = `${plural(changed, 'file')} ${written ? 'changed' : 'would change'} of ${files}`;
  return `${what}${failed > 0 ? `, ${plural(failed, 'file')} with errors` : ''}\n`;
}

/** In one step, so that an interrupt leaves either the old text or the new. A link stays one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  const forget = onInterrupt(() => rmSync(temporary, { force: true }));
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    forget();
  }
}
