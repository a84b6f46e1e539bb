import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatQuery, formatText } from '../../../engine/language/format/format.js';
import { parseFileCounted } from '../../../engine/language/parse/parse.js';
import { parseQuery, parseQueryCounted } from '../../../engine/language/parse/parse-query.js';
import { printFile } from '../../../engine/language/print/print.js';
import { printQuery } from '../../../engine/language/print/print-query.js';
import { meaning, written } from './same-tree.js';

const corpus = (name: string) => readFileSync(new URL(`../corpus/${name}`, import.meta.url), 'utf8');
const queries = corpus('queries.txt')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe('accepted files', () => {
  const text = corpus('accepted.betrace');
  const { file, diagnostics, parses } = parseFileCounted(text);

  it('have no errors and one parse', () => {
    expect(diagnostics).toEqual([]);
    expect(parses).toBe(1);
    expect(file.items.length).toBeGreaterThan(25);
  });

  it('print as text with the same meaning', () => {
    const printed = parseFileCounted(printFile(file));
    expect(printed.diagnostics).toEqual([]);
    expect(meaning(printed.file)).toEqual(meaning(file));
  });

  it('are formatted without a change to the tree', () => {
    const formatted = formatText(text).text;
    expect(written(parseFileCounted(formatted).file)).toEqual(written(file));
    expect(formatText(formatted).text).toBe(formatted);
  });
});

describe('TraceQL queries', () => {
  it.each(queries)('%s', (line) => {
    const { query, diagnostics, parses } = parseQueryCounted(line.replace(/^M /u, ''));
    expect(diagnostics).toEqual([]);
    expect(parses).toBe(1);
    expect(query?.kind).toBe(line.startsWith('M ') ? 'metrics' : 'search');
    const again = parseQuery(query === undefined ? '' : printQuery(query));
    expect(meaning(again.query)).toEqual(meaning(query));
    const formatted = formatQuery(line.replace(/^M /u, '')).text;
    expect(meaning(parseQuery(formatted).query)).toEqual(meaning(query));
    expect(formatQuery(formatted).text).toBe(formatted);
  });

  it.each([
    '{ } | rate() by (resource.service.name, name) | topk(5) > 20 | bottomk(10) < 3',
    '({ status = error } | rate()) / ({ } | rate()) * 100',
    '(({ } | rate() | topk(3)) + 1) * 2 > 1 + 2 * 3',
    '{ } | quantile_over_time(duration, 0, .5, 1) > 100ms',
    '({ .a } | count() > 2) && ({ .b }) | count_over_time() by (.a)',
    '{ } | compare({ status = error }, 5, 1, 2)',
    '{ } | by(name) | count() > 1 | max_over_time(span.amount)',
    'rate >> { } | rate()',
    '1 + 2 * ({ } | rate())',
    'violations of charge.needs-check',
    'violations of rule',
    'violations of rule | by(clause, resource.service.version)',
    'violations >> { .a }',
    'violations | count() > 1',
    'when { name = "a" } as c never { .b } before c always count({ .c }) < 3',
    'severity = high skew = 5ms never { name = "a" }',
  ])('%s', (text) => {
    const { query, diagnostics, parses } = parseQueryCounted(text);
    expect(diagnostics).toEqual([]);
    expect(parses).toBe(1);
    const again = parseQuery(query === undefined ? '' : printQuery(query));
    expect(meaning(again.query)).toEqual(meaning(query));
  });

  it('take hints', () => {
    const { query, diagnostics } = parseQuery('{ } with (most_recent = true, sample = 0.1) with (debug=1)');
    expect(diagnostics).toEqual([]);
    expect(query?.kind === 'search' ? query.hints.map(({ name }) => name.text) : []).toEqual([
      'most_recent',
      'sample',
      'debug',
    ]);
  });

  it('keep the steps of a selection in order, in its parentheses or behind them', () => {
    const steps = (text: string) => {
      const { query } = parseQuery(text);
      return query?.kind === 'metrics' ? query.expression.steps.map(({ kind }) => kind) : [];
    };
    const expected = ['topk', 'threshold', 'bottomk'];
    expect(steps('{ } | rate() | topk(3) > 1 | bottomk(2)')).toEqual(expected);
    expect(steps('({ } | rate() | topk(3)) > 1 | bottomk(2)')).toEqual(expected);
    expect(steps('(({ } | rate() | topk(3) > 1)) | bottomk(2)')).toEqual(expected);
  });
});
