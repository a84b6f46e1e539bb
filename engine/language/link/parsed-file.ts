import { parseFile } from '../parse/parse.js';
import type { ParsedFile } from './resolved.js';

/** Parses one file of a workspace; `before` is an earlier text of it. */
export function parseWorkspaceFile(path: string, text: string, before?: ParsedFile): ParsedFile {
  const parsed = parseFile(text, before);
  const { diagnostics: syntax, items } = parsed;
  return {
    path,
    text,
    syntax,
    items,
    get file() {
      return parsed.file;
    },
  };
}
