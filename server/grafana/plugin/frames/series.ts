/** Metrics as Grafana's time series, or as a table of one value for each series. */
import type { CountsJson, MetricsJson } from '../../../../engine/answers/queries.js';
import type { KeyValueJson } from '../../../../engine/answers/trace.js';
import { textOf } from './any-value.js';
import { type Frame, notices } from './frame.js';

export function seriesFrames(found: MetricsJson, refId: string): readonly Frame[] {
  const { series = [] } = found;
  const meta = { type: 'timeseries-multi', preferredVisualisationType: 'graph' } as const;
  const partial = partialNotices(found);
  // An answer without series may have something to say, too.
  if (series.length === 0) return partial.length === 0 ? [] : [{ refId, fields: [], meta: notices(partial) }];
  return series.map(({ labels = [], samples = [] }, n) => {
    const named = labelsOf(labels);
    const name = nameOf(named);
    return {
      refId,
      name,
      fields: [
        { name: 'time', type: 'time', values: samples.map(({ timestampMs }) => Number(timestampMs)) },
        {
          name: 'value',
          type: 'number',
          labels: named,
          values: samples.map(({ value = 0 }) => Number(value)),
          config: { displayNameFromDS: name },
        },
      ],
      meta: n === 0 ? { ...meta, ...notices(partial) } : meta,
    };
  });
}

export function countsFrame(found: CountsJson, refId: string): Frame {
  const rows = (found.series ?? []).map(({ labels = [], value = 0 }) => ({
    labels: labelsOf(labels),
    value: Number(value),
  }));
  const names = [...new Set(rows.flatMap(({ labels }) => Object.keys(labels)))];
  return {
    refId,
    fields: [
      ...names.map((name) => ({
        name,
        type: 'string' as const,
        values: rows.map(({ labels }) => labels[name] ?? ''),
      })),
      { name: 'value', type: 'number', values: rows.map(({ value }) => value) },
    ],
    meta: { preferredVisualisationType: 'table', ...notices(partialNotices(found)) },
  };
}

function labelsOf(labels: readonly KeyValueJson[]): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map(({ key, value }) => [key, textOf(value)]));
}

/** A value alone where there is one label, as people read a legend. */
function nameOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels);
  const [only] = pairs;
  if (only === undefined) return 'value';
  return pairs.length === 1 ? only[1] : `{${pairs.map(([key, value]) => `${key}="${value}"`).join(', ')}}`;
}

function partialNotices({ status, message = '' }: MetricsJson | CountsJson): readonly string[] {
  return status === 'PARTIAL' ? [`Partial: ${message}`] : [];
}
