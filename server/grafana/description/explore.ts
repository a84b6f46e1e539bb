import type { PanelLink, SourceName } from './panel.js';
import { variable } from './variable.js';

/**
 * A link to Explore with a query. `${…}` in it are Grafana's own variables, which it fills in itself and so must find as they are.
 * The form of the address is that of Grafana 10 and later: `schemaVersion=1` and `panes`.
 */
export function exploreLink(
  title: string,
  source: Exclude<SourceName, 'prometheus'>,
  query: string,
): PanelLink {
  const panes = {
    betrace: {
      datasource: source,
      queries: [
        {
          refId: 'A',
          datasource: { type: 'tempo', uid: source },
          queryType: 'traceql',
          tableType: 'spans',
          limit: 100,
          query,
        },
      ],
      range: { from: variable('__from'), to: variable('__to') },
    },
  };
  const encoded = JSON.stringify(panes)
    .split(/(\$\{[^}]+\})/)
    .map((part) => (part.startsWith('${') ? part : encodeURIComponent(part)))
    .join('');
  return { title, url: `/explore?schemaVersion=1&panes=${encoded}` };
}
