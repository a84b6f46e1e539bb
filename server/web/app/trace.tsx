import { useMemo } from 'preact/hooks';
import { api } from './api.js';
import { plural } from './format.js';
import { Waterfall } from './parts/waterfall.js';
import { link } from './route.js';
import { waterfallOf } from './spans.js';
import { useAnswer } from './use-answer.js';

interface TracePageProps {
  readonly ids: readonly string[];
  /** Spans that are evidence. */
  readonly marked: readonly string[];
  readonly rule: string | null;
}

export function TracePage({ ids, marked, rule }: TracePageProps) {
  const { value, error } = useAnswer(() => Promise.all(ids.map((id) => api.trace(id))), ids);
  const waterfall = useMemo(() => (value === undefined ? undefined : waterfallOf(value)), [value]);
  return (
    <>
      <h1>{ids.length === 1 ? 'Trace' : `${ids.length} traces of one flow`}</h1>
      <p class="soft ids">{ids.join(', ')}</p>
      {rule === null ? null : (
        <p>
          {plural(marked.length, 'span')} marked: the evidence for a violation of{' '}
          <a href={link.rule(rule)}>{rule}</a>.
        </p>
      )}
      {error === undefined ? null : <p class="bad">{error}</p>}
      {waterfall === undefined ? (
        error === undefined && <p>Reading the trace …</p>
      ) : (
        <Waterfall waterfall={waterfall} marks={new Map(marked.map((id) => [id, 'evidence']))} />
      )}
    </>
  );
}
