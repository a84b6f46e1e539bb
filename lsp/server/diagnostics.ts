import {
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  type Diagnostic as LspDiagnostic,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver';
import { loadQuery } from '../../engine/language/link/load-query.js';
import type { Diagnostic } from '../../engine/language/problems/diagnostic.js';
import type { Check } from '../../engine/language/problems/fixes.js';
import { minuteText } from '../features/lenses.js';
import { patternQuestions } from '../features/match-question.js';
import type { View } from '../workspace/documents.js';
import { diagnosticOf, rangeOf } from './convert.js';
import { ResultIds } from './result-ids.js';
import type { Session } from './session.js';

/** Diagnostics of one text, with its offsets. */
export function diagnosticsOfView(
  { analysis, fields }: Session,
  { language, path, text }: View,
): readonly Diagnostic[] {
  if (language === 'betrace') return analysis.diagnosticsOf(path);
  return loadQuery(text, fields === undefined ? {} : { catalogue: fields }).diagnostics;
}

/** What would be reported of another text in the place of a view's. */
export function checkOfView({ analysis, fields }: Session, { language, path }: View): Check {
  return language === 'betrace'
    ? (text) => analysis.diagnosticsIf(path, text)
    : (text) => loadQuery(text, fields === undefined ? {} : { catalogue: fields }).diagnostics;
}

function reportOf(session: Session, uri: string): LspDiagnostic[] {
  const { documents, reference, typing } = session;
  const [first] = documents.viewsOf(uri);
  if (first === undefined) return [];
  const all = documents.viewsOf(uri).flatMap((view) => diagnosticsOfView(session, view));
  const ofText = typing.settled(uri, all).map((diagnostic) =>
    diagnosticOf(first.document, diagnostic, {
      locate: (path) => documents.byPath(path),
      ...(reference === undefined ? {} : { reference }),
    }),
  );
  return [...ofText, ...unmatchedPatterns(session, uri)];
}

/** Patterns of an open file that no span matched, as far as that was asked: the text may be sound, and still mean nothing that is stored. */
function unmatchedPatterns({ analysis, documents, matches }: Session, uri: string): readonly LspDiagnostic[] {
  if (!matches.someAreEmpty || !documents.isOpen(uri)) return [];
  return documents.viewsOf(uri).flatMap(({ path, document }) =>
    patternQuestions(analysis.syntaxOf(path)?.file, path, analysis.workspace.scopes).flatMap(
      ({ range, query }): readonly LspDiagnostic[] => {
        const window = matches.emptyIn(query);
        if (window === undefined) return [];
        const time = `from ${minuteText(window.from)} to ${minuteText(window.to)} UTC`;
        return [
          {
            range: rangeOf(document, range),
            severity: DiagnosticSeverity.Warning,
            source: 'betrace',
            code: 'unmatched',
            message: `No stored span matches this, ${time}.`,
          },
        ];
      },
    ),
  );
}

/**
 * Sends diagnostics to clients that do not ask for them. A change may change what other files mean, so every open document
 * is looked at, but only what differs is sent.
 */
export class DiagnosticPublisher {
  private readonly sent = new Map<string, string>();
  private scheduled: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly session: Session) {}

  /** Once what is being worked on is done; several changes in one go are published once. */
  schedule(): void {
    this.scheduled ??= setTimeout(async () => {
      await this.session.read;
      this.scheduled = undefined;
      this.publish();
    }, 0);
  }

  private publish(): void {
    const { session } = this;
    if (session.abilities.pullsDiagnostics) return;
    const { documents } = session;
    const uris = new Set([...documents.uris, ...this.sent.keys()]);
    for (const uri of uris) {
      const document = documents.documentOf(uri);
      const diagnostics = document === undefined ? [] : reportOf(session, uri);
      const key = JSON.stringify(diagnostics);
      if ((this.sent.get(uri) ?? '[]') === key) continue;
      this.sent.set(uri, key);
      void session.connection.sendDiagnostics({
        uri,
        diagnostics,
        ...(document !== undefined && documents.isOpen(uri) ? { version: document.version } : {}),
      });
    }
  }
}

/** Answers clients that ask for diagnostics. */
export function registerDiagnostics(session: Session): void {
  const { connection, documents } = session;
  const ids = new ResultIds();
  const full = (uri: string, previous: string | undefined) => {
    const items = reportOf(session, uri);
    const resultId = ids.idOf(uri, JSON.stringify(items));
    return resultId === previous
      ? ({ kind: DocumentDiagnosticReportKind.Unchanged, resultId } as const)
      : ({ kind: DocumentDiagnosticReportKind.Full, resultId, items } as const);
  };
  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }) => {
    await session.read;
    return full(textDocument.uri, previousResultId);
  });
  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }) => {
    await session.read;
    const previous = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
    const items = documents.uris.map(
      (uri): WorkspaceDocumentDiagnosticReport => ({
        uri,
        version: documents.isOpen(uri) ? (documents.documentOf(uri)?.version ?? null) : null,
        ...full(uri, previous.get(uri)),
      }),
    );
    return { items };
  });
}
