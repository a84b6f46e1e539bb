/** Of a trace that violates a rule, the spans that prove it. */
import type { TraceJson } from '../../../../engine/answers/trace.js';
import type { Client } from './client.js';

/** Violations of one rule in the time of one trace: more than any rule that somebody has looked at. */
const MOST = 1000;

/** Their ids; none where the trace is not among the violations that are found in its time. Rejects where the service does not know the rule. */
export async function evidenceIn(
  { resourceSpans }: TraceJson,
  rule: string,
  client: Client,
): Promise<ReadonlySet<string>> {
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  const [first] = spans;
  if (first === undefined) return new Set();
  const starts = spans.map(({ startTimeUnixNano }) => Number(startTimeUnixNano) / 1e9);
  const ends = spans.map(({ endTimeUnixNano }) => Number(endTimeUnixNano) / 1e9);
  const range = {
    start: Math.floor(starts.reduce((a, b) => Math.min(a, b))),
    end: Math.floor(ends.reduce((a, b) => Math.max(a, b))) + 1,
  };
  const { traces = [] } = await client.search(`violations of ${rule}`, MOST, range);
  // A search leaves out the zeros that an id begins with.
  const own = traces.filter(({ traceID }) => traceID.padStart(32, '0') === first.traceId);
  return new Set(
    own.flatMap(({ spanSets = [] }) =>
      spanSets.flatMap(({ spans = [] }) => spans.map(({ spanID }) => spanID)),
    ),
  );
}
