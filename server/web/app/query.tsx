import { useMemo, useState } from 'preact/hooks';
import type { CountsJson, MetricsJson, SearchJson } from '../../../engine/answers/queries.js';
import { api, type TimeRange } from './api.js';
import { Chart } from './chart.js';
import { anyValue, plural, time } from './format.js';
import { link } from './route.js';
import { useAnswer } from './use-answer.js';

const LISTED = 100;
const MOST_LINES = 10;

interface Found {
  readonly search?: SearchJson;
  readonly metrics?: MetricsJson;
  readonly counts?: CountsJson;
}

/** TraceQL, and `violations of RULE`: traces as a list, metrics as lines. */
interface QueryPageProps {
  readonly q: string;
  /** Of what is stored. */
  readonly stored: TimeRange;
}

export function QueryPage({ q, stored }: QueryPageProps) {
  const [text, setText] = useState(q);
  const [range, setRange] = useState(stored);
  const { value, error } = useAnswer<Found>(
    async (signal) => {
      if (q === '') return {};
      if (isGrouped(q)) return { counts: await api.counts(q, range, signal) };
      const { kind } = await api.help(q, signal);
      return kind === 'metrics' || kind === 'over rule'
        ? { metrics: await api.metrics(q, range, signal) }
        : { search: await api.search(q, LISTED, range, signal) };
    },
    [q, range.from, range.to],
  );
  return (
    <>
      <h1>Query</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          location.assign(link.query(text));
        }}
      >
        <label class="search">
          TraceQL, or <code>violations of RULE</code>
          <input
            value={text}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <TimeInput label="From" value={range.from} onValue={(from) => setRange({ ...range, from })} />
        <TimeInput label="to" value={range.to} onValue={(to) => setRange({ ...range, to })} />
        <button type="submit" class="main">
          Ask
        </button>
      </form>
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      {value?.search === undefined ? null : <Traces found={value.search} />}
      {value?.metrics === undefined ? null : <Series found={value.metrics} q={q} />}
      {value?.counts === undefined ? null : <Counts found={value.counts} />}
    </>
  );
}

interface TimeInputProps {
  readonly label: string;
  readonly value: string | null;
  readonly onValue: (value: string | null) => void;
}

/** A time in UTC. */
function TimeInput({ label, value, onValue }: TimeInputProps) {
  return (
    <label class="time">
      {label}{' '}
      <input
        type="datetime-local"
        step={1}
        value={value?.slice(0, 19) ?? ''}
        onChange={({ currentTarget: { value: text } }) => onValue(text === '' ? null : `${text}Z`)}
      />
    </label>
  );
}

/** `violations of RULE | by(…)`: how many there are of each. */
function isGrouped(q: string): boolean {
  return /^\s*violations\s+of\s+\S+\s*\|\s*by\s*\(/u.test(q);
}

function Traces({ found: { traces = [] } }: { readonly found: SearchJson }) {
  return (
    <>
      <p role="status">
        {plural(traces.length, 'trace')}
        {traces.length === LISTED ? ', perhaps more: only so many are listed' : ''}
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Start</th>
              <th scope="col">Root</th>
              <th scope="col">Duration</th>
              <th scope="col">Trace</th>
            </tr>
          </thead>
          <tbody>
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
          </tbody>
        </table>
      </div>
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
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Violations</th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ labels, count }) => (
              <tr key={JSON.stringify(labels)}>
                <td>{count}</td>
                {names.map((name) => {
                  const label = labels.find(({ key }) => key === name);
                  return <td key={name}>{label === undefined ? '' : anyValue(label.value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {chart.lines.map(({ label }) => (
                  <th scope="col" key={label}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {chart.times.map((instant, n) => (
                <tr key={instant}>
                  <th scope="row">{time(instant * 1000)}</th>
                  {chart.lines.map(({ label, values }) => (
                    <td key={label}>{values[n]}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
