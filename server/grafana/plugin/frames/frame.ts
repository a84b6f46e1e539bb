/** Tables as Grafana has them: fields of the same length. Plain data, of which Grafana makes its frames. */

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

/** A link inside Grafana: a query to a data source, in which `${…}` are filled in from the row. */
interface DataLink {
  readonly title: string;
  readonly url: '';
  readonly internal: {
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

/** The data source that answers, for links back to it. */
export interface Asked {
  readonly refId: string;
  readonly uid: string;
  readonly name: string;
}

export const HIDDEN = { custom: { hidden: true } } as const;

export function traceLink({ uid, name, refId }: Asked, evidence: boolean): FieldConfig {
  const query = {
    refId,
    queryType: 'query',
    query: variable('__value.raw'),
    ...(evidence && {
      rule: variable('__data.fields.rule'),
      evidence: variable('__data.fields.evidence'),
    }),
  };
  const title = evidence ? 'Trace with the evidence' : 'Trace';
  return {
    links: [{ title, url: '', internal: { datasourceUid: uid, datasourceName: name, query } }],
  };
}

/** What Grafana shows above an answer that is not whole. */
export function notices(texts: readonly string[]): { readonly notices?: readonly Notice[] } {
  return texts.length === 0 ? {} : { notices: texts.map((text) => ({ severity: 'warning', text })) };
}
