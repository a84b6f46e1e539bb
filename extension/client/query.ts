import {
  CodeLens,
  type ExtensionContext,
  languages,
  Range,
  type TextDocument,
  window,
  workspace,
} from 'vscode';
import type { Service, Window } from '../service/service.js';
import { windowBack } from '../service/window.js';
import { metricsHtml, searchHtml } from '../views/query-html.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import { settings } from './settings.js';
import { showError } from './show-error.js';
import { showTrace } from './trace-view.js';

const MOST_TRACES = 200;

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
  const window = windowBack(settings(document.uri).range, Date.now());
  const query = text.replace(/^\s*\/\/.*\n/gmu, '').trim();
  const title = `Query: ${query.slice(0, 24)}`;
  await withProgress('Asking', async (_, signal) => {
    const service = await parts.backend.service(signal);
    if (kind === 'metrics' || kind === 'over rule') {
      const range = window.from === undefined ? await newestDay(service, signal) : window;
      parts.views.show(
        'query',
        title,
        metricsHtml(query, await service.metrics(text, range, signal)),
        () => undefined,
      );
      return;
    }
    const found = await service.search(text, window, MOST_TRACES, signal);
    parts.views.show('query', title, searchHtml(query, found, MOST_TRACES), async ({ message, index }) => {
      const trace = found.traces?.[Number(index)];
      if (message !== 'openFound' || trace === undefined) return;
      const matched = (trace.spanSets ?? []).flatMap(({ spans = [] }) => spans.map(({ spanID }) => spanID));
      await showTrace(parts, { traceId: trace.traceID.padStart(32, '0'), matched: new Set(matched) });
    });
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

const _DAY_MS = 86_400_000;

/** The last day of what is stored: series over all time would have points too wide to say anything. */
async function newestDay(service: Service, signal: AbortSignal): Promise<Window> {
  const { traces = [] } = await service.search('{ } with (most_recent = true)', {}, 1, signal);
  const newest = traces[0]?.startTimeUnixNano;
  return newest === undefined ? {} : windowBack('24h', Number(BigInt(newest) / 1_000_000n) + 1000);
}
