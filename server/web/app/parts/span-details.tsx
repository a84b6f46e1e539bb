import { duration } from '../format.js';
import type { Pair, SpanRow } from '../spans.js';

/** Somebody wants to do something with an attribute of a span. */
export type AttributeClick = (row: SpanRow, scope: 'span' | 'resource', key: string) => void;

interface SpanDetailsProps {
  readonly row: SpanRow;
  /** When it starts, as text. */
  readonly start: string;
  readonly onAttribute?: AttributeClick | undefined;
}

/** Everything about one span. */
export function SpanDetails({ row, start, onAttribute }: SpanDetailsProps) {
  const facts: readonly Pair[] = [
    ['kind', row.kind],
    ['status', row.message === '' ? row.status : `${row.status}: ${row.message}`],
    ['start', start],
    ['duration', duration(row.duration)],
    ['span id', row.id],
  ];
  const clickOf = (scope: 'span' | 'resource') =>
    onAttribute === undefined ? undefined : (key: string): void => onAttribute(row, scope, key);
  return (
    <div class="details">
      <Facts pairs={facts} />
      <Facts title="Attributes" pairs={row.attributes} prefix="span." onClick={clickOf('span')} />
      <Facts title="Resource" pairs={row.resource} prefix="resource." onClick={clickOf('resource')} />
      {row.events.map(({ name, time, attributes }, index) => (
        <Facts
          key={`${index} ${name}`}
          title={`Event ${name} at ${duration(time)}`}
          pairs={attributes}
          isNamed
        />
      ))}
      {row.links.map(({ traceId, spanId, attributes }) => (
        <Facts
          key={`${traceId} ${spanId}`}
          title={`Link to ${traceId} ${spanId}`}
          pairs={attributes}
          isNamed
        />
      ))}
    </div>
  );
}

interface FactsProps {
  readonly title?: string;
  readonly pairs: readonly Pair[];
  readonly prefix?: string;
  /** The title says something even without attributes. */
  readonly isNamed?: boolean;
  readonly onClick?: ((key: string) => void) | undefined;
}

function Facts({ title, pairs, prefix = '', isNamed = false, onClick }: FactsProps) {
  if (pairs.length === 0 && !isNamed) return null;
  return (
    <section>
      {title === undefined ? null : <h3>{title}</h3>}
      <dl class="attributes">
        {pairs.map(([key, text], index) => (
          <div key={`${index} ${key}`}>
            <dt>
              {onClick === undefined ? (
                `${prefix}${key}`
              ) : (
                <button
                  type="button"
                  class="link"
                  title={`Add ${prefix}${key} = ${text} to the filter at the cursor`}
                  onClick={() => onClick(key)}
                >
                  {prefix}
                  {key}
                </button>
              )}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
