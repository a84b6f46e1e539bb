import { env, type Uri, Uri as Uris, window } from 'vscode';
import { grafanaLink } from '../service/grafana.js';
import type { FoundViolation } from '../service/judged.js';
import { spansOf } from '../service/trace.js';
import { plural } from '../views/format.js';
import { detailsHtml, waterfallHtml } from '../views/waterfall-html.js';
import { makeTest } from './make-test.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import { settings } from './settings.js';
import { showError } from './show-error.js';

export interface TraceToShow {
  readonly traceId: string;
  /** Why it is shown, and where the rule is. */
  readonly violation?: {
    readonly uri: Uri;
    readonly rule: string;
    readonly found: FoundViolation;
  };
  readonly matched?: ReadonlySet<string>;
}

/** Fetches a trace and shows its waterfall. */
export async function showTrace(parts: Parts, wanted: TraceToShow): Promise<void> {
  const { traceId, violation, matched } = wanted;
  const trace = await withProgress('Fetching the trace', async (_, signal) => {
    const service = await parts.backend.service(signal);
    return await service.trace(traceId, signal);
  });
  if (trace === undefined) return;
  if (violation !== undefined) await parts.marks.mark(violation.uri, violation.rule, violation.found.clause);
  const spans = spansOf(trace);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const body = waterfallHtml({ traceId, spans, partial: trace.partial, violation, matched });
  parts.views.show(
    'trace',
    `Trace ${traceId.slice(0, 8)} (${plural(spans.length, 'span')})`,
    body,
    async (sent) => {
      try {
        switch (sent.message) {
          case 'select': {
            const span = byId.get(sent.span ?? '');
            if (span !== undefined) await parts.views.fill('trace', 'details', detailsHtml(span));
            break;
          }
          case 'copyId':
            await env.clipboard.writeText(traceId);
            window.setStatusBarMessage('The trace id is copied', 3000);
            break;
          case 'openGrafana': {
            const { grafanaUrl, grafanaDataSource } = settings();
            const link = grafanaLink(grafanaUrl, grafanaDataSource, traceId, spans);
            if (link === undefined) await showError('Set betrace.grafana.url to open traces in Grafana.');
            else await env.openExternal(Uris.parse(link, true));
            break;
          }
          case 'makeTest':
            if (violation !== undefined) await makeTest(parts, violation, traceId, spans);
            break;
        }
      } catch (error) {
        await showError(error);
      }
    },
  );
}
