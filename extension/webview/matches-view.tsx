import { anyValue, count, plural, time } from '../../server/web/app/format.js';
import { Table } from '../../server/web/app/parts/table.js';
import { link } from '../../server/web/app/route.js';
import type { MatchesData } from '../views/view-data.js';

/** The spans that a pattern matches: how many of each name there are, and the newest of them. */
export function MatchesView({ data }: { readonly data: MatchesData }) {
  const { q, window, counts, search, listed } = data;
  const total = counts.reduce((sum, group) => sum + group.count, 0);
  const traces = search.traces ?? [];
  const spans = traces.flatMap(({ traceID, spanSets = [] }) =>
    spanSets.flatMap((set) => (set.spans ?? []).map((span) => ({ traceID, ...span }))),
  );
  return (
    <>
      <h1>{total === 0 ? <span class="bad">No span matches</span> : plural(total, 'span')}</h1>
      <pre>{q}</pre>
      <p class="soft">
        {time(window.from)} to {time(window.to)}
      </p>
      <ul class="names">
        {counts
          .toSorted((a, b) => b.count - a.count)
          .map(({ name, service, count: own }) => (
            <li key={`${name} ${service}`}>
              <b>{count(own)}</b> {name} <span class="soft">{service}</span>
            </li>
          ))}
      </ul>
      {spans.length === 0 ? null : (
        <>
          <p class="soft">
            {spans.length < total ? `${plural(spans.length, 'span')} of them` : 'All of them'}
            {traces.length === listed ? `, of the newest ${listed} traces` : ''}:
          </p>
          <Table columns={['Start', 'Span', 'What it has']}>
            {spans.map(({ traceID, spanID, name, startTimeUnixNano, attributes = [] }) => (
              <tr key={`${traceID} ${spanID}`}>
                <td>
                  <a href={link.trace([traceID], [spanID])}>{time(Number(startTimeUnixNano ?? 0) / 1e6)}</a>
                </td>
                <td>{name}</td>
                <td>{attributes.map(({ key, value }) => `${key} = ${anyValue(value)}`).join(', ')}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </>
  );
}
