import { useMemo, useState } from 'preact/hooks';
import { plural, value } from '../../server/web/app/format.js';
import { Waterfall } from '../../server/web/app/parts/waterfall.js';
import { waterfallOf } from '../../server/web/app/spans.js';
import type { FoundViolation } from '../service/judged.js';
import type { TraceData } from '../views/view-data.js';
import { send } from './host.js';

/** A trace, or the traces of a flow on one line of time, and why they are shown. */
export function TraceView({ data: { traces, violation, marks } }: { readonly data: TraceData }) {
  const waterfall = useMemo(() => waterfallOf(traces), [traces]);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const { rows } = waterfall;
  const [root] = rows;
  const chosen = [...picked].sort((a, b) => a - b).flatMap((index) => rows[index] ?? []);
  const services = new Set(rows.map(({ service }) => service)).size;
  const errors = rows.filter(({ failed }) => failed).length;
  return (
    <>
      <h1>
        {root === undefined ? 'An empty trace' : `${root.name} `}
        <span class="soft">{root?.service}</span>
      </h1>
      <p class="soft ids">
        {waterfall.traces.map((id, index) => (
          <span key={id}>
            {waterfall.traces.length > 1 ? `${index + 1}: ` : ''}
            {id}{' '}
          </span>
        ))}
        · {plural(services, 'service')}
        {errors > 0 ? <span class="bad"> · {plural(errors, 'error')}</span> : null}
      </p>
      <div class="actions">
        {violation === undefined ? null : (
          <button type="button" class="main" onClick={() => send({ message: 'makeTest' })}>
            Make a Test from This Trace
          </button>
        )}
        <button
          type="button"
          disabled={chosen.length === 0}
          title="Choose spans by the boxes, or by the space bar"
          onClick={() =>
            send({
              message: 'makeRule',
              spans: chosen.map(({ traceId, id }) => ({ traceId, spanId: id })),
            })
          }
        >
          Write a Rule from {chosen.length === 0 ? 'Chosen Spans' : plural(chosen.length, 'Chosen Span')}
        </button>
        <button type="button" onClick={() => send({ message: 'openGrafana' })}>
          Open in Grafana
        </button>
        <button type="button" onClick={() => send({ message: 'copyId' })}>
          Copy Trace Id
        </button>
      </div>
      {traces.some(({ partial }) => partial) ? (
        <p class="bad" role="status">
          Partial: a block that could not be read may hold more of it.
        </p>
      ) : null}
      {violation === undefined ? null : <BrokenClause {...violation} />}
      <Waterfall
        waterfall={waterfall}
        marks={new Map(marks)}
        picking={{ picked, onPick: setPicked }}
        onAttribute={({ traceId, id }, scope, key) =>
          send({ message: 'addAttribute', traceId, spanId: id, scope, key })
        }
      />
    </>
  );
}

/** Spans whose compared values are listed; all are marked in the waterfall. */
const MOST_COMPARED = 10;

function BrokenClause({ rule, found }: { readonly rule: string; readonly found: FoundViolation }) {
  const binding = found.evidence.filter(({ bound }) => bound !== null);
  const others = found.evidence.filter(({ bound }) => bound === null);
  const compared = others.slice(0, MOST_COMPARED).filter(({ values }) => Object.keys(values).length > 0);
  return (
    <section class="broken" aria-label="Why the rule is violated">
      <h2>
        {rule}: <code>{found.clause}</code> is broken
      </h2>
      <pre>{found.clauseText}</pre>
      <p>{explanation(found.clause, others.length)}</p>
      <ul>
        {Object.entries({ ...found.key, ...found.values }).map(([name, given]) => (
          <li key={name}>
            <code>{name}</code> = {JSON.stringify(given)}
          </li>
        ))}
        {binding.map(({ bound, spanId, name, service }) => (
          <li key={spanId}>
            <span class="mark">{bound}</span> is <b>{name}</b> of {service ?? 'unknown'}
          </li>
        ))}
        {compared.map(({ spanId, name, values }) => (
          <li key={spanId}>
            <b>{name}</b> has{' '}
            {Object.entries(values)
              .map(([field, given]) => `${field} = ${JSON.stringify(given)}`)
              .join(', ')}
          </li>
        ))}
        {found.seriesValue === undefined ? null : (
          <li>
            the value was <b>{value(found.seriesValue)}</b>
          </li>
        )}
      </ul>
    </section>
  );
}

function explanation(clause: string, others: number): string {
  const spans = plural(others, 'marked span');
  if (clause.startsWith('never'))
    return others === 0
      ? 'This must never be, and here it is.'
      : `This must never be, and ${spans} ${others === 1 ? 'matches' : 'match'} it.`;
  return others === 0
    ? 'This must always hold, and nothing here fulfils it.'
    : `This must always hold and does not; ${spans} ${others === 1 ? 'was' : 'were'} looked at.`;
}
