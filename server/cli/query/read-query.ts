import { loadQuery, type RunnableQuery } from '../../../engine/language/link/load-query.js';
import { withTriedFixes } from '../../../engine/language/problems/fixes.js';
import { diagnosticText } from '../../rules/diagnostics.js';
import type { Terminal } from '../../shared/terminal.js';

/** Prints what is wrong with the text of a query; undefined if anything is an error. */
export function readQuery(text: string, terminal: Terminal): RunnableQuery | undefined {
  const { query, diagnostics } = loadQuery(text);
  const file = { path: 'query', text, diagnostics };
  const files = new Map([[file.path, file]]);
  for (const diagnostic of withTriedFixes(file, (fixed) => loadQuery(fixed).diagnostics))
    terminal.err(`${diagnosticText(file, diagnostic, files, terminal.errStyle, terminal.width)}\n`);
  return query;
}
