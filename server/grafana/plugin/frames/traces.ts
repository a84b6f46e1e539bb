/** What a search found, as tables: one row a trace, or one row a violation. */
import type { FoundTraceJson, SearchJson } from '../../../../engine/answers/queries.js';
import { attributeText } from './any-value.js';
import { type Asked, type Frame, HIDDEN, notices, serviceLinks, traceLinks } from './frame.js';

export function tracesFrame(found: SearchJson, limit: number, asked: Asked): Frame {
  const { traces = [] } = found;
  return {
    refId: asked.refId,
    name: 'Traces',
    fields: [
      {
        name: 'traceID',
        type: 'string',
        values: traces.map(({ traceID }) => traceID),
        config: { displayName: 'Trace', ...traceLinks(asked, false) },
      },
      { name: 'start', type: 'time', values: traces.map(startMs), config: { displayName: 'Start' } },
      {
        name: 'service',
        type: 'string',
        values: traces.map(({ rootServiceName = '' }) => rootServiceName),
        config: { displayName: 'Service', ...serviceLinks(asked) },
      },
      {
        name: 'root',
        type: 'string',
        values: traces.map(({ rootTraceName = '' }) => rootTraceName),
        config: { displayName: 'Root' },
      },
      {
        name: 'duration',
        type: 'number',
        values: traces.map(({ durationMs = 0 }) => durationMs),
        config: { displayName: 'Duration', unit: 'ms' },
      },
      {
        name: 'matched',
        type: 'number',
        values: traces.map(({ spanSets = [] }) =>
          spanSets.reduce((sum, { matched = 0 }) => sum + matched, 0),
        ),
        config: { displayName: 'Spans that match' },
      },
    ],
    meta: { preferredVisualisationType: 'table', ...notices(missing(found, limit)) },
  };
}

/**
 * One row for each violation, as annotations want it too: `time`, `text`, `tags`. `evidence` has the ids of the spans that prove it, for the
 * link to the trace.
 */
export function violationsFrame(found: SearchJson, limit: number, asked: Asked): Frame {
  const { traces = [] } = found;
  const rows = traces.flatMap((trace) =>
    (trace.spanSets ?? []).map(({ spans = [], attributes }) => {
      const attribute = (key: string): string => attributeText(attributes, key);
      const [first] = spans;
      return {
        trace,
        time: Number(first?.startTimeUnixNano ?? trace.startTimeUnixNano ?? 0) / 1e6,
        text: attribute('message'),
        rule: attribute('rule'),
        severity: attribute('severity'),
        clause: attribute('clause'),
        service: attributeText(first?.attributes, 'service.name'),
        span: first?.name ?? '',
        violation: attribute('violation'),
        evidence: spans.map(({ spanID }) => spanID).join(','),
      };
    }),
  );
  const column = (name: Exclude<keyof (typeof rows)[number], 'trace' | 'time'>, displayName: string) =>
    ({ name, type: 'string', values: rows.map((row) => row[name]), config: { displayName } }) as const;
  const service = column('service', 'Service');
  return {
    refId: asked.refId,
    name: 'Violations',
    fields: [
      { name: 'time', type: 'time', values: rows.map(({ time }) => time), config: { displayName: 'Time' } },
      // Without a display name, by which Grafana would look for it in annotations.
      { name: 'text', type: 'string', values: rows.map(({ text }) => text) },
      column('rule', 'Rule'),
      column('severity', 'Severity'),
      column('clause', 'Clause'),
      { ...service, config: { ...service.config, ...serviceLinks(asked) } },
      column('span', 'Span'),
      {
        name: 'traceID',
        type: 'string',
        values: rows.map(({ trace }) => trace.traceID),
        config: { displayName: 'Trace', ...traceLinks(asked, true) },
      },
      column('violation', 'Violation'),
      { name: 'evidence', type: 'string', values: rows.map(({ evidence }) => evidence), config: HIDDEN },
      {
        name: 'tags',
        type: 'string',
        values: rows.map(({ rule, severity }) => [rule, severity].filter((tag) => tag !== '').join(',')),
        config: HIDDEN,
      },
    ],
    meta: { preferredVisualisationType: 'table', ...notices(missing(found, limit)) },
  };
}

function startMs({ startTimeUnixNano = '0' }: FoundTraceJson): number {
  return Number(startTimeUnixNano) / 1e6;
}

/** A search lists so many traces and does not say how many more there are; of blocks it says how many it has read. */
function missing({ traces = [], metrics = {} }: SearchJson, limit: number): readonly string[] {
  const { completedJobs = 0, totalJobs = 0 } = metrics;
  return [
    ...(traces.length < limit ? [] : [`Only ${limit} traces are listed, the newest; there may be more.`]),
    ...(completedJobs < totalJobs
      ? [`${totalJobs - completedJobs} of ${totalJobs} blocks could not be read: there may be more.`]
      : []),
  ];
}
