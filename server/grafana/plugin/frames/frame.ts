/** Tables as Grafana has them: fields of the same length. Plain data, of which Grafana makes its frames. */

import { drilldownPath } from '../../description/explore.js';
import { variable } from '../../description/variable.js';

/** The values of Grafana's `FieldType` that are used. */
type FieldType = 'time' | 'number' | 'string' | 'other';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly values: readonly unknown[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: FieldConfig;
}

interface FieldConfig {
  readonly displayName?: string;
  readonly displayNameFromDS?: string;
  readonly unit?: string;
  readonly custom?: { readonly hidden: boolean };
  readonly links?: readonly DataLink[];
}

/** A link inside Grafana, in which `${…}` are filled in from the row: an address, or a query to a data source and no address. */
interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly internal?: {
    readonly datasourceUid: string;
    readonly datasourceName: string;
    readonly query: Readonly<Record<string, string>>;
  };
}

interface Notice {
  readonly severity: 'warning';
  readonly text: string;
}

export interface Frame {
  readonly name?: string;
  readonly refId: string;
  readonly fields: readonly Field[];
  readonly meta?: {
    readonly type?: 'timeseries-multi';
    readonly preferredVisualisationType?: 'table' | 'graph' | 'trace';
    readonly notices?: readonly Notice[];
  };
}

interface Source {
  readonly uid: string;
  readonly name: string;
}

/** The data source that answers, for links back to it, and the one of type Tempo that links lead to, where one is chosen. */
export interface Asked extends Source {
  readonly refId: string;
  readonly tempo?: Source | undefined;
}

export const HIDDEN = { custom: { hidden: true } } as const;

/** From the id of a trace to the trace, here and in Tempo. */
export function traceLinks({ tempo, ...asked }: Asked, evidence: boolean): FieldConfig {
  const { refId } = asked;
  const query = {
    refId,
    queryType: 'query',
    query: variable('__value.raw'),
    ...(evidence && {
      rule: variable('__data.fields.rule'),
      evidence: variable('__data.fields.evidence'),
    }),
  };
  const own = internalLink(evidence ? 'Trace with the evidence' : 'Trace', asked, query);
  if (tempo === undefined) return { links: [own] };
  const inTempo = { refId, queryType: 'traceql', query: variable('__value.raw') };
  return { links: [own, internalLink(`Trace in ${tempo.name}`, tempo, inTempo)] };
}

/** From the name of a service to its spans in Traces Drilldown, which knows data sources of type Tempo alone. */
export function serviceLinks({ tempo }: Asked): FieldConfig {
  if (tempo === undefined) return {};
  const path = drilldownPath(tempo.uid, { field: 'resource.service.name', variable: '__value.raw' });
  return {
    links: [{ title: 'Service in Traces Drilldown', url: `${path}&${variable('__url_time_range')}` }],
  };
}

/** From the id of a rule to its violations. */
export function ruleLinks({ refId, ...own }: Asked): FieldConfig {
  const query = { refId, queryType: 'query', query: `violations of ${variable('__value.raw')}` };
  return { links: [internalLink('Violations', own, query)] };
}

function internalLink(
  title: string,
  { uid, name }: Source,
  query: Readonly<Record<string, string>>,
): DataLink {
  return { title, url: '', internal: { datasourceUid: uid, datasourceName: name, query } };
}

/** What Grafana shows above an answer that is not whole. */
export function notices(texts: readonly string[]): { readonly notices?: readonly Notice[] } {
  return texts.length === 0 ? {} : { notices: texts.map((text) => ({ severity: 'warning', text })) };
}
