/** What a panel, Explore, an annotation or a link asks the data source. Kept in dashboards, so fields stay as they are. */
import type { DataQuery } from '@grafana/data';

export type QueryType = 'query' | 'rules';

export interface BeTraceQuery extends DataQuery {
  /** `query` where it is absent. */
  queryType?: QueryType;
  /** TraceQL, `violations of RULE`, clauses of a rule, or the id of a trace. */
  query?: string;
  /** Traces to list. */
  limit?: number;
  /** One value for each series over the whole range, in place of a line. */
  instant?: boolean;
  /** Of a trace: the rule that it violates … */
  rule?: string;
  /** … and the ids of the spans that prove it, with commas between them; looked up where there are none. */
  evidence?: string;
}

export const DEFAULT_LIMIT = 100;

/** A query of any other kind has more in it than digits of a hexadecimal number. */
export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{1,32}$/iu.test(text.trim());
}
