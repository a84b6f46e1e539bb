import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatText } from '../../../engine/language/format.js';
import { parseFileCounted, parseWhole } from '../../../engine/language/parse.js';
import { printFile, printPipeline } from '../../../engine/language/print.js';
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

describe('TraceQL search queries', () => {
  it.each(queries.filter((line) => !line.startsWith('M ')))('%s', (query) => {
    const { value, diagnostics, parses } = parseWhole('query', query);
    expect(diagnostics).toEqual([]);
    expect(parses).toBe(1);
    const again = parseWhole('query', value === undefined ? '' : printPipeline(value.pipeline));
    expect(meaning(again.value)).toEqual(meaning(value));
  });

  it('take hints', () => {
    const { value, diagnostics } = parseWhole(
      'query',
      '{ } with (most_recent = true, sample = 0.1) with (debug=1)',
    );
    expect(diagnostics).toEqual([]);
    expect(value?.hints.map(({ name }) => name.text)).toEqual(['most_recent', 'sample', 'debug']);
  });
});

describe('TraceQL metrics queries', () => {
  it.each(queries.filter((line) => line.startsWith('M ')))('%s is refused by name', (query) => {
    const { diagnostics } = parseWhole('query', query.slice(2));
    expect(diagnostics.map(({ code }) => code)).toEqual(['BT1017']);
  });
});
