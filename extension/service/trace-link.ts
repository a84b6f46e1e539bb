/** Where a link of the page leads: to traces, and to the violation that they show. */
export interface TraceLink {
  /** Ids of 32 hex digits. */
  readonly traces: readonly string[];
  /** Ids of the spans that the link marks. */
  readonly marked: readonly string[];
  readonly rule?: string | undefined;
  /** The id of a violation of the rule. */
  readonly violation?: string | undefined;
}

/** `#/traces/a,b?marked=…&rule=…&violation=…`, as the components of the page write it; undefined for any other address. */
export function traceLink(href: string): TraceLink | undefined {
  const [, ids, search = ''] = /^#\/traces\/([0-9a-f,]+)(?:\?(.*))?$/iu.exec(href) ?? [];
  if (ids === undefined) return undefined;
  const params = new URLSearchParams(search);
  return {
    traces: ids.split(',').map((id) => id.toLowerCase().padStart(32, '0')),
    marked: (params.get('marked') ?? '').split(',').filter((id) => id !== ''),
    rule: params.get('rule') ?? undefined,
    violation: params.get('violation') ?? undefined,
  };
}
