import type { Position } from 'vscode-languageserver';
import type { View } from '../../workspace/documents.js';
import type { Session } from '../session.js';

/** A position of the protocol as an offset of the text that it lies in. */
export interface Place {
  readonly view: View;
  readonly offset: number;
}

export function viewAt({ documents }: Session, uri: string, position: Position): Place | undefined {
  const document = documents.documentOf(uri);
  if (document === undefined) return undefined;
  const offset = document.offsetAt(position);
  const view = documents.viewAt(uri, offset);
  return view === undefined ? undefined : { view, offset };
}

/** Rules that are in Markdown are examples: what is done with those of the workspace is not done with them. */
export function isWholeFile({ language, text, document }: View): boolean {
  return language === 'betrace' && text === document.getText();
}
