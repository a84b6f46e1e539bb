import { loadQuery, type RunnableQuery } from '../../../engine/language/link/load-query.js';
import { triedQueryDiagnostics } from '../../../engine/language/link/tried-diagnostics.js';
import { diagnosticText } from '../../rules/diagnostics.js';
import type { Terminal } from '../../shared/terminal.js';

/** Prints what is wrong with the text of a query; undefined if anything is an error. */
export function readQuery(text: string, terminal: Terminal): RunnableQuery | undefined {
  const { query } = loadQuery(text);
  const file = { path: 'query', text };
  const files = new Map([[file.path, file]]);
  for (const diagnostic of triedQueryDiagnostics(text))
    terminal.err(`${diagnosticText(file, diagnostic, files, terminal.errStyle, terminal.width)}\n`);
  return query;
}
