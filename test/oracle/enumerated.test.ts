/** The listed filters say something about the trace that is listed with them. */
import { expect, test } from 'vitest';
import type { Filter } from '../../engine/language/tree/ast.js';
import { pipeline } from '../support/arbitrary/build.js';
import { enumeratedFilters, enumeratedTrace } from '../support/arbitrary/enumerated.js';
import { matchPipeline } from '../support/oracle/index.js';

const spans = (filter: Filter) => matchPipeline(pipeline(filter), enumeratedTrace);

test('titles are unique', () => {
  const titles = enumeratedFilters.map((enumerated) => enumerated.title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('the comparisons of each scope tell values apart', () => {
  const idle = enumeratedFilters
    .filter((enumerated) => spans(enumerated.filter).length === 0)
    .map((enumerated) => enumerated.title);
  const ofScope = idle.filter((title) => /^(span|resource|any|instrumentation|event|link) /.test(title));
  // No attribute is a status or a kind.
  expect(ofScope.filter((title) => !/(status|kind)$/.test(title))).toEqual([]);
});

test('a filter and its negation never match the same span, but for events and links', () => {
  for (let i = 0; i < enumeratedFilters.length; i += 2) {
    const [plain, negated] = [enumeratedFilters[i]!, enumeratedFilters[i + 1]!];
    if (/event|link/.test(plain.title)) continue;
    const both = new Set(spans(plain.filter));
    expect(
      spans(negated.filter).filter((span) => both.has(span)),
      plain.title,
    ).toEqual([]);
  }
});
