import { boundsOf, type Span } from './trace.js';

const MARGIN_MS = 60_000;

/** Grafana's page for one trace (Explore, https://grafana.com/docs/grafana/latest/explore/); undefined where no Grafana is set. */
export function grafanaLink(
  url: string | undefined,
  uid: string,
  traceId: string,
  spans: readonly Pick<Span, 'start' | 'duration'>[],
): string | undefined {
  if (url === undefined || !/^https?:\/\//iu.test(url)) return undefined;
  const { start, end } = boundsOf(spans);
  const range = {
    from: String(Number(start / 1_000_000n) - MARGIN_MS),
    to: String(Number(end / 1_000_000n) + MARGIN_MS),
  };
  const query = { refId: 'A', datasource: { type: 'tempo', uid }, queryType: 'traceql', query: traceId };
  const panes = JSON.stringify({
    trace: { datasource: uid, queries: [query], ...(spans.length === 0 ? {} : { range }) },
  });
  return `${url.replace(/\/+$/u, '')}/explore?schemaVersion=1&panes=${encodeURIComponent(panes)}`;
}
