import { env, type Uri, Uri as Uris, window } from 'vscode';
import { grafanaLink } from '../../service/grafana.js';
import type { FoundViolation } from '../../service/judged.js';
import { type Span, spansOf } from '../../service/trace.js';
import { plural } from '../../views/format.js';
import type { SpanPlace, ViewMessage } from '../../views/view-data.js';
import type { Parts } from '../parts.js';
import { withProgress } from '../progress.js';
import { settings } from '../settings.js';
import { NoSettingError, showError } from '../show-error.js';
import { addAttribute } from './add-attribute.js';
import { makeRule } from './make-rule.js';
import { makeTest } from './make-test.js';

export interface TracesToShow {
  /** Ids of 32 hex digits; several for a violation across traces. */
  readonly traces: readonly string[];
  /** Why they are shown, and where the rule is. */
  readonly violation?: {
    readonly uri: Uri;
    readonly rule: string;
    readonly found: FoundViolation;
  };
  /** Ids of spans that a query matched. */
  readonly matched?: ReadonlySet<string>;
}

/** Fetches traces and shows them in one waterfall. */
export async function showTrace(
  parts: Parts,
  { traces: ids, violation, matched }: TracesToShow,
): Promise<void> {
  const [first = ''] = ids;
  const traces = await withProgress('Fetching the trace', async (_, signal) => {
    const service = await parts.backend.service(signal);
    return await Promise.all(ids.map((id) => service.trace(id, signal)));
  });
  if (traces === undefined) return;
  if (violation !== undefined) await parts.marks.mark(violation.uri, violation.rule, violation.found.clause);
  const shown = traces.map((trace, index) => ({ traceId: ids[index] ?? '', spans: spansOf(trace) }));
  const spans = shown.flatMap((trace) => trace.spans);
  const spanAt = ({ traceId, spanId }: SpanPlace): Span | undefined =>
    shown.find((trace) => trace.traceId === traceId)?.spans.find((span) => span.spanId === spanId);
  const title =
    ids.length === 1 ? `Trace ${first.slice(0, 8)}` : `${ids.length} traces, ${first.slice(0, 8)} …`;
  const marks = marksOf(violation?.found, matched);
  const listener = async (sent: ViewMessage): Promise<void> => {
    switch (sent.message) {
      case 'follow':
        return;
      case 'copyId':
        await env.clipboard.writeText(ids.join('\n'));
        window.setStatusBarMessage('The trace id is copied', 3000);
        return;
      case 'openGrafana': {
        const { grafanaUrl, grafanaDataSource } = settings();
        const link = grafanaLink(grafanaUrl, grafanaDataSource, first, shown[0]?.spans ?? []);
        if (link === undefined)
          await showError(new NoSettingError('betrace.grafana.url', 'to open traces in Grafana'));
        else await env.openExternal(Uris.parse(link, true));
        return;
      }
      case 'makeTest':
        if (violation !== undefined) await makeTest(parts, violation, shown);
        return;
      case 'makeRule':
        await makeRule(
          shown.map((trace) => trace.spans),
          sent.spans.flatMap((place) => spanAt(place) ?? []),
        );
        return;
      case 'addAttribute': {
        const span = spanAt(sent);
        if (span !== undefined) await addAttribute(parts, span, sent.scope, sent.key);
      }
    }
  };
  parts.views.show(
    `${title} (${plural(spans.length, 'span')})`,
    { kind: 'trace', traces, violation, marks },
    listener,
  );
}

/** Why spans are marked, by their ids: what the rule calls them, where it has a name for them. */
function marksOf(
  found: FoundViolation | undefined,
  matched: ReadonlySet<string> = new Set(),
): readonly (readonly [spanId: string, why: string])[] {
  const marks = new Map([...matched].map((id) => [id, 'matched']));
  for (const { spanId, bound } of found?.evidence ?? [])
    marks.set(spanId, bound ?? marks.get(spanId) ?? 'evidence');
  return [...marks];
}
