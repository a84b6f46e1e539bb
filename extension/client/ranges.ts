import { Range } from 'vscode';
import type { Range as LspRange } from 'vscode-languageclient';

export function rangeFrom({ start, end }: LspRange): Range {
  return new Range(start.line, start.character, end.line, end.character);
}
