import type { Range } from 'vscode-languageserver';
import { rangeOf } from '../convert.js';
import type { Session } from '../session.js';
import { isWholeFile } from './place.js';

interface TestsOfFile {
  readonly uri: string;
  readonly tests: readonly { readonly title: string; readonly rule: string; readonly range: Range }[];
}

/** `betrace/tests`: the tests of all files of the workspace, open or not, for clients that list them. */
export function registerTests({ connection, analysis, documents }: Session): void {
  connection.onRequest('betrace/tests', (): readonly TestsOfFile[] =>
    documents.uris.flatMap((uri) =>
      documents
        .viewsOf(uri)
        .filter(isWholeFile)
        .map(({ path, document }) => ({
          uri,
          tests: (analysis.syntaxOf(path)?.file.items ?? [])
            .filter((item) => item.kind === 'test')
            .map(({ title, rule, range }) => ({
              title: title.value === '' ? '(no name)' : title.value,
              rule: rule.text,
              range: rangeOf(document, range),
            })),
        })),
    ),
  );
}
