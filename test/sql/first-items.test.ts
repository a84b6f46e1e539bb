/** A field of events or links where a span has one value: that of the first of them, as they are stored, that has the field. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../engine/language/link/load-query.js';
import type { Trace } from '../../engine/otlp/model.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { event, link, span, spanId, trace, traceId } from '../support/arbitrary/spans.js';
import { compiledSearch, oracleSearch } from '../support/search-evaluation.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

const NONE = span(1, undefined, { name: 'none' });
/** The first event lacks what the second has, and the last is the earliest in time. */
const SEVERAL = span(2, 1, {
  name: 'several',
  events: [
    event('first', { n: 1n }, 5),
    event('second', { level: 'warn', n: 2n }, 6),
    event('third', { level: 'info' }, 1),
  ],
  links: [link(7, 7), link(8, 8, { kind: 'follows' }), link(9, 9, { kind: 'child' })],
});
/** One key with values of several types. */
const MIXED = span(3, 1, {
  name: 'mixed',
  events: [event('a', { level: 3n }), event('b', { level: 'warn', n: 0.5 }), event('c', { n: 40n })],
});
const WITHOUT = span(4, 2, {
  name: 'without',
  events: [event('first', { other: true })],
  links: [link(8, 8)],
});
const TRACE: Trace = trace(NONE, SEVERAL, MIXED, WITHOUT);

/** By spanset: what the stages made of it, and the numbers of its spans. */
async function found(text: string): Promise<readonly string[]> {
  const { query, diagnostics } = loadQuery(text);
  if (query?.kind !== 'search') throw new Error(diagnostics.map(({ message }) => message).join(' '));
  const outcome = await compiledSearch(db, query.pipeline, [TRACE]);
  expect(outcome).toEqual(oracleSearch(query.pipeline, [TRACE]));
  const [spansets = []] = Object.values(outcome);
  return spansets
    .map(({ made, spans }) => {
      const numbers = spans.map((id) => [1, 2, 3, 4].find((n) => id.startsWith(spanId(n))));
      return `${made.map((value) => value.slice(value.lastIndexOf('=') + 1)).join(' ')}: ${numbers.join(' ')}`;
    })
    .sort();
}

describe('the first event or link that has the field', () => {
  it.each<readonly [string, readonly string[]]>([
    ['{ } | by(event.level)', ['int 3: 3', 'nil: 1 4', 'string warn: 2']],
    ['{ } | by(event:name)', ['nil: 1', 'string a: 3', 'string first: 2 4']],
    ['{ } | by(link.kind)', ['nil: 1 3 4', 'string follows: 2']],
    ['{ } | by(link:spanID)', ['nil: 1 3', `string ${spanId(7)}: 2`, `string ${spanId(8)}: 4`]],
    ['{ } | by(event.nosuch)', ['nil: 1 2 3 4']],
    ['{ } | by(event.level = nil)', ['boolean false: 2 3', 'boolean true: 1 4']],
    ['{ } | by(parent.event:name)', ['nil: 1 2 3', 'string first: 4']],
    ['{ } | max(event.n) = 1', ['double 1: 1 2 3 4']],
    ['{ } | max(event.level) = 3', ['int 3: 1 2 3 4']],
    ['{ } | sum(event.n + 10) > 0', ['double 21.5: 1 2 3 4']],
    ['{ } | min(event:timeSinceStart) >= 0', ['string 0s: 1 2 3 4']],
    ['{ name = "several" } | max(event:timeSinceStart) = 5ms', ['string 5ms: 2']],
    ['{ name = "none" } | avg(event.n) < 100', []],
    // In a filter one event satisfies the whole, whichever it is.
    ['{ event.n = 2 } | by(event:name)', ['string second: 2']],
    ['{ event.n = 2 } | by(event.other)', ['nil: 2']],
    ['{ event.n >= 1 } | { event.level = "info" } | by(event:name)', ['string third: 2']],
    ['{ event.level = "info" } | { name != "" } | by(event.n)', ['nil: 2']],
    ['{ event.n = 40 || event:name = "third" } | by(event:name)', ['string c: 3', 'string third: 2']],
    ['{ name = "mixed" || event.n = 2 } | by(event:name)', ['string a: 3', 'string second: 2']],
    ['({ event.n = 40 } || { event.n = 2 }) | by(event:name)', ['string c: 3', 'string second: 2']],
    ['{ event:name = "third" } > { } | by(event:name)', ['string first: 4']],
    ['{ link.kind = "child" } | by(link:spanID)', [`string ${spanId(9)}: 2`]],
    [
      '{ event.n = 2 && link.kind = "child" } | by(event:name, link:spanID)',
      [`string second string ${spanId(9)}: 2`],
    ],
    ['{ event.n = 40 } | by(event.n)', ['int 40: 3']],
    ['{ parent.event.n = 1 } | count() > 0', ['int 1: 4']],
    ['{ parent.event.n = 2 }', []],
    [
      '{ parent.event.nosuch = nil && link:spanID != "" } | by(link:traceID, event.level)',
      [`string ${traceId(7)} string warn: 2`, `string ${traceId(8)} nil: 4`],
    ],
  ])('%s', async (text, expected) => {
    expect(await found(text)).toEqual(expected);
  });
});
