import { useMemo } from 'preact/hooks';
import type { CountsJson, MetricsJson, SearchJson } from '../../../engine/answers/queries.js';
import { anyValue, plural, time } from './format.js';
import { Chart } from './parts/chart.js';
import { Table } from './parts/table.js';
import { link } from './route.js';

const MOST_LINES = 10;

/** What a query came to: one of them. */
export interface Answered {
  readonly search?: SearchJson | undefined;
  readonly metrics?: MetricsJson | undefined;
  readonly counts?: CountsJson | undefined;
}

interface QueryAnswerProps {
  readonly answer: Answered;
  readonly q: string;
  /** How many traces are listed at most. */
  readonly listed: number;
}

/** Traces as a list, metrics as lines, counts of violations as a table. */
export function QueryAnswer({ answer: { search, metrics, counts }, q, listed }: QueryAnswerProps) {
  if (search !== undefined) return <Traces found={search} listed={listed} />;
  if (metrics !== undefined) return <Series found={metrics} q={q} />;
  return counts === undefined ? null : <Counts found={counts} />;
}

function Traces({ found: { traces = [] }, listed }: { readonly found: SearchJson; readonly listed: number }) {
  return (
    <>
      <p role="status">
        {plural(traces.length, 'trace')}
        {traces.length === listed ? ', perhaps more: only so many are listed' : ''}
      </p>
      <Table columns={['Start', 'Root', 'Duration', 'Trace']}>
        {traces.map(({ traceID, rootServiceName, rootTraceName, startTimeUnixNano, durationMs }) => (
          <tr key={traceID}>
            <td>{time(Number(startTimeUnixNano ?? 0) / 1e6)}</td>
            <td>
              {rootTraceName} <span class="soft">{rootServiceName}</span>
            </td>
            <td>{durationMs === undefined ? '' : `${durationMs} ms`}</td>
            <td>
              <a href={link.trace([traceID])}>{traceID}</a>
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Counts({ found: { series = [], status, message } }: { readonly found: CountsJson }) {
  const rows = series
    .map(({ labels = [], value }) => ({ labels, count: Number(value ?? 0) }))
    .sort((a, b) => b.count - a.count);
  const names = [...new Set(rows.flatMap(({ labels }) => labels.map(({ key }) => key)))];
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <p role="status">
        {plural(all, 'violation')}
        {status === 'PARTIAL' ? `; partial: ${message ?? ''}` : ''}
      </p>
      {rows.length === 0 ? null : (
        <Table columns={['Violations', ...names]}>
          {rows.map(({ labels, count }) => (
            <tr key={JSON.stringify(labels)}>
              <td>{count}</td>
              {names.map((name) => {
                const label = labels.find(({ key }) => key === name);
                return <td key={name}>{label === undefined ? '' : anyValue(label.value)}</td>;
              })}
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function Series({
  found: { series = [], status, message },
  q,
}: {
  readonly found: MetricsJson;
  readonly q: string;
}) {
  const chart = useMemo(() => {
    const times = [
      ...new Set(series.flatMap(({ samples = [] }) => samples.map(({ timestampMs }) => Number(timestampMs)))),
    ].sort((a, b) => a - b);
    const lines = series.slice(0, MOST_LINES).map(({ labels = [], samples = [] }) => {
      const byTime = new Map(
        samples.map(({ timestampMs, value }) => [Number(timestampMs), Number(value ?? 0)]),
      );
      const label = labels.map(({ key, value }) => `${key} = ${anyValue(value)}`).join(', ') || 'value';
      return { label, values: times.map((instant) => byTime.get(instant) ?? null) };
    });
    return { times: times.map((instant) => instant / 1000), lines };
  }, [series]);
  if (series.length === 0) return <p role="status">No series.</p>;
  return (
    <>
      <p role="status">
        {plural(series.length, 'series').replace('seriess', 'series')}
        {series.length > MOST_LINES ? `, of which ${MOST_LINES} are drawn` : ''}
        {status === 'PARTIAL' ? `; partial: ${message ?? ''}` : ''}
      </p>
      <Chart title={q} {...chart} />
      <details>
        <summary>The same as a table</summary>
        <Table columns={['Time', ...chart.lines.map(({ label }) => label)]}>
          {chart.times.map((instant, n) => (
            <tr key={instant}>
              <th scope="row">{time(instant * 1000)}</th>
              {chart.lines.map(({ label, values }) => (
                <td key={label}>{values[n]}</td>
              ))}
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}
