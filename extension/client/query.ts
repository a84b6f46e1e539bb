import {
  CodeLens,
  type ExtensionContext,
  languages,
  Range,
  type TextDocument,
  window,
  workspace,
} from 'vscode';
import type { SearchJson } from '../../engine/answers/queries.js';
import { traceLink } from '../service/trace-link.js';
import { windowBack } from '../service/window.js';
import type { QueryData } from '../views/view-data.js';
import { askedWindow } from './asked-window.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import { settings } from './settings.js';
import { showError } from './show-error.js';
import { showTrace } from './traces/trace-view.js';

const MOST_TRACES = 200;
type Answer = Pick<QueryData, 'search' | 'metrics' | 'counts'>;

const TEMPLATE = `// TraceQL, or the clauses of a rule. Ctrl+Enter runs it.
{ status = error } | rate() by (resource.service.name)
`;

/** A text for questions, which need not be saved. */
export async function newQuery(): Promise<void> {
  await window.showTextDocument(await workspace.openTextDocument({ language: 'traceql', content: TEMPLATE }));
}

export async function runQuery(parts: Parts, document: TextDocument): Promise<void> {
  const text = document.getText();
  const kind = await parts.language.queryKind(text);
  if (kind === undefined) {
    await showError('This is no query yet: see its problems.');
    return;
  }
  const set = settings(document.uri);
  const range = windowBack(set.range, Date.now());
  const query = text.replace(/^\s*\/\/.*\n/gmu, '').trim();
  const title = `Query: ${query.slice(0, 24)}`;
  await withProgress('Asking', async (_, signal) => {
    const service = await parts.backend.service(signal);
    const page = { kind: 'query', q: query, listed: MOST_TRACES } as const;
    const show = (answer: Answer, found: SearchJson = {}): void =>
      parts.views.show(title, { ...page, ...answer }, async (sent) => {
        const link = sent.message === 'follow' ? traceLink(sent.href) : undefined;
        if (link === undefined) return;
        const trace = found.traces?.find(({ traceID }) => link.traces.includes(traceID.padStart(32, '0')));
        const matched = (trace?.spanSets ?? []).flatMap(({ spans = [] }) =>
          spans.map(({ spanID }) => spanID),
        );
        await showTrace(parts, { traces: link.traces, matched: new Set(matched) });
      });
    if (kind === 'violation counts' || kind === 'metrics' || kind === 'over rule') {
      // Series over all time would have points too wide to say anything, and a service bounds how far metrics reach.
      const day = (await askedWindow(service, set.range, signal)) ?? {};
      if (kind === 'violation counts') show({ counts: await service.counts(text, day, signal) });
      else show({ metrics: await service.metrics(text, day, signal) });
    } else {
      const search = await service.search(text, { limit: MOST_TRACES }, range, signal);
      show({ search }, search);
    }
  });
}

/** "Run query" above every text of TraceQL. */
export function registerQueryLens(context: ExtensionContext): void {
  const top = new Range(0, 0, 0, 0);
  context.subscriptions.push(
    languages.registerCodeLensProvider(
      { language: 'traceql' },
      {
        provideCodeLenses: () => [
          new CodeLens(top, { title: '$(play) run query', command: 'betrace.runQuery' }),
        ],
      },
    ),
  );
}
