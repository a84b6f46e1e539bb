import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { axisLines, histogramLine, histogramOf } from '../../../server/cli/replay/histogram.js';
import { escaped, markdownReport } from '../../../server/cli/replay/markdown.js';
import { textReport } from '../../../server/cli/replay/text.js';
import { valueText } from '../../../server/cli/replay/values.js';
import { glyphsFor } from '../../../server/shared/glyphs.js';
import { percent } from '../../../server/shared/numbers.js';
import { styleFor, terminalOf } from '../../../server/shared/terminal.js';
import { agoText, spanText } from '../../../server/shared/times.js';
import { FIXTURES, recorder, runHere } from '../cli/support.js';
import { HOUR, result, ruleResult, START, violatedAt } from './made-results.js';
import { SHOP_RULES, temporary } from './support.js';

const UNICODE = glyphsFor(true);

function report(rules: Parameters<typeof result>[0], more: object = {}, terminal: object = {}): string {
  const options = {
    elapsedMs: 100,
    details: true,
    samples: 3,
    nowMs: 0,
    terminal: { ...recorder(), ...terminal },
  };
  return textReport(result(rules, more), options);
}

test('the report of the shop', async () => {
  const cache = await temporary('cache');
  const shop = ['--blocks', join(FIXTURES, 'shop-v5'), '--cache', cache];
  const args = ['replay', SHOP_RULES, ...shop, '--limit', '3'];
  const { code, out, err } = await runHere(...args);
  expect([code, err]).toEqual([1, '']);
  const timed = out.replace(/^(2 blocks .*) · .*$/m, '$1 · TIME').replace(/ \([\w ]+ ago\)/g, '');
  await expect(timed).toMatchFileSnapshot('golden/shop-v5.txt');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('says where violations may be of traces that are not whole yet', () => {
  const violated = violatedAt(START, START + 10n * HOUR);
  const reportAt = (minutes: number): string =>
    textReport(result([violated]), {
      elapsedMs: 100,
      details: true,
      samples: 3,
      terminal: recorder(),
      nowMs: Number((START + 10n * HOUR) / 1_000_000n) + minutes * 60_000,
    });
  expect(reportAt(30)).toContain(
    'note: violations since 2026-11-20 09:45:00 UTC may be of traces not yet whole:\n' +
      '      Tempo writes spans to blocks up to 45 min later. --to 45m leaves them out\n',
  );
  expect(reportAt(46)).not.toContain('note:');
});

test('one column a bucket, as many buckets as a column must hold', () => {
  const rule = violatedAt(START, START + 5n * HOUR, START + 5n * HOUR + 1n, START + 23n * HOUR);
  const wide = histogramOf(rule, result([rule]), 96)!;
  expect(histogramLine(wide, UNICODE)).toBe(`▂    ▄${' '.repeat(17)}▂`);
  const narrow = histogramOf(rule, result([rule]), 10)!;
  expect(narrow.columns).toHaveLength(8);
  expect(narrow.columnNs).toBe(3n * HOUR);
  expect(narrow.columns.reduce((sum, { violated }) => sum + violated, 0)).toBe(4);
});

test('a bound span that starts after the range of its trace still has its column', () => {
  const rule = violatedAt(START + 30n * HOUR);
  const { columns } = histogramOf(rule, result([rule]), 96)!;
  expect(columns).toHaveLength(31);
  expect(columns.at(-1)?.violated).toBe(1);
});

test('bars are scaled by the most, and one violation is no full bar', () => {
  const line = (...counts: readonly number[]): string =>
    histogramLine(
      {
        columns: counts.map((violated) => ({ applicable: 9, violated })),
        startNs: 0n,
        columnNs: 1n,
        peak: Math.max(...counts),
      },
      UNICODE,
    );
  expect(line(0, 1, 0)).toBe('·▂·');
  expect(line(1, 80, 40, 0)).toBe('▁█▄·');
  expect(
    histogramLine(
      { columns: [{ applicable: 1, violated: 4 }], startNs: 0n, columnNs: 1n, peak: 4 },
      glyphsFor(false),
    ),
  ).toBe('#');
});

test('the first violation is marked under its column, wherever that is', () => {
  const axis = (column: number) => axisLines(40, '00:00', '23:59', { column, text: '14:24' }, '▲');
  expect(axis(20)).toEqual(['00:00               ▲ 14:24        23:59']);
  expect(axis(30)).toEqual(['00:00                   14:24 ▲    23:59']);
  expect(axis(0)).toEqual(['▲ 14:24', '00:00                              23:59']);
  expect(axis(39)).toEqual([
    '                                 14:24 ▲',
    '00:00                              23:59',
  ]);
  expect(axisLines(4, '00:00', '23:59', undefined, '▲')).toEqual(['00:00 23:59']);
});

test('a rule that never applied is a finding', () => {
  expect(report([ruleResult()])).toContain(
    'never applied: nothing its `when` asks for was found in 10 traces',
  );
  expect(report([ruleResult()])).toContain('\n1 rule: 1 never applied\n');
  expect(report([ruleResult()], { range: {}, traces: 0 })).toContain('never applied: there was no trace');
});

test('cannot tell names what was missing', () => {
  const rule = ruleResult({
    applicable: 3,
    passed: 1,
    cannotTell: 2,
    missing: new Map([['c.span.amount', 2]]),
  });
  const text = report([rule]);
  expect(text).toContain(
    '3 applicable · 1 passed · 2 cannot tell\n  cannot tell for want of c.span.amount (2)\n',
  );
  expect(text).toContain('1 in doubt');
});

test('cannot tell has a line for each thing that was missing, in Markdown too', () => {
  const deleted = '{ name = "deleted" }, which nothing matched';
  const rule = ruleResult({
    applicable: 3,
    passed: 1,
    cannotTell: 2,
    missing: new Map([
      ['c.span.amount', 2],
      [deleted, 1],
    ]),
  });
  expect(report([rule])).toContain(`(2)\n  cannot tell for want of ${deleted} (1)\n`);
  expect(markdownReport(result([rule]), 10)).toContain(
    `- ${rule.rule.id}: cannot tell for want of ${escaped(deleted)} (1)`,
  );
});

test('a line a rule fits 80 columns, whatever its name and counts', () => {
  const long = `rule ${'very-long-name-'.repeat(8)} { severity = critical when { name = "a" } as a never { name = "b" } }`;
  const violated = violatedAt(...Array.from({ length: 12 }, (_, n) => START + BigInt(n) * HOUR));
  const many = { ...violated, applicable: 123_456_789, passed: 123_456_777, rule: ruleResult({}, long).rule };
  const text = report([many, ruleResult()], {}, { samples: 0 });
  const lines = text
    .split('\n')
    .filter((line) => /^[✗✓?] /.test(line))
    .slice(0, 2);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^✗ very-long-name-.*… {2}critical {2}12 of 123,456,789 violated \(< 0.01 %\)$/);
  expect(lines[1]).toMatch(/^\? r +medium +never applied$/);
});

test('rules come by severity, then violated first', () => {
  const rule = (id: string, severity: string, violated: number) =>
    ruleResult(
      { ...(violated > 0 && violatedAt(START)), rule: ruleResult({}, named(id, severity)).rule },
      named(id, severity),
    );
  const named = (id: string, severity: string) =>
    `rule ${id} { severity = ${severity} when { name = "a" } as a never { name = "b" } }`;
  const text = report([
    rule('d', 'low', 1),
    rule('b', 'high', 0),
    rule('c', 'high', 1),
    rule('a', 'critical', 0),
  ]);
  const order = ['? a', '✗ c', '? b', '✗ d'];
  // First a line each, then each at length.
  expect(text.match(/^[✗✓?] \w/gm)).toEqual([...order, ...order]);
});

test('without UTF-8 a report is ASCII', () => {
  const text = report([violatedAt(START, START + HOUR)], {}, { unicode: false });
  expect(text).toMatch(/^\p{ASCII}*$/u);
  const locale = (env: Record<string, string>) => terminalOf(process.stdout, process.stderr, env).unicode;
  expect(
    [{}, { LANG: 'de_DE.UTF-8' }, { LC_ALL: 'C' }, { LANG: 'en_US.utf8', LC_ALL: 'de_DE.ISO-8859-1' }].map(
      locale,
    ),
  ).toEqual([true, true, false, false]);
});

test('colours do not change the text, and lines fit narrow and wide terminals', () => {
  const rule = violatedAt(START, START + HOUR);
  const coloured = report([rule], {}, { outStyle: styleFor(true) });
  expect(coloured).not.toBe(report([rule]));
  expect(stripVTControlCharacters(coloured)).toBe(report([rule]));
  for (const width of [80, 200, 300])
    for (const line of report([rule], {}, { width }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(Math.min(width, 200));
});

test('"ago" is said only where it helps', () => {
  const now = Number(START / 1_000_000n);
  expect(agoText(START - 3n * HOUR - 12n * 60_000_000_000n, now)).toBe('3 h 12 min ago');
  expect(agoText(START - 50n * HOUR, now)).toBe('2 d 2 h ago');
  expect(agoText(START - 100n * HOUR, now)).toBeUndefined();
  expect(agoText(START + 1n, now)).toBeUndefined();
});

test('numbers in words', () => {
  expect([0n, 999n, 1500n, 12_000_000n, 250_000_000n, 1_500_000_000n].map(spanText)).toEqual([
    '0 ns',
    '999 ns',
    '1.5 us',
    '12.0 ms',
    '250 ms',
    '1.5 s',
  ]);
  expect([
    percent(0, 10),
    percent(1, 100_000),
    percent(5, 1000),
    percent(4, 124),
    percent(999, 1000),
    percent(7, 7),
  ]).toEqual(['0 %', '< 0.01 %', '0.50 %', '3.2 %', '> 99 %', '100 %']);
  expect([
    valueText('c.duration', 61_000_000),
    valueText('c.span.amount', 5),
    valueText('x', null),
    valueText('x', 'a"b'),
    valueText('first.span:start', '1795219489082011000'),
    valueText('trace:end', '1795219489000000000'),
    valueText('span.span:start', 'noon'),
  ]).toEqual([
    '61.0 ms',
    '5',
    'missing',
    '"a\\"b"',
    '2026-11-21 00:04:49.082011',
    '2026-11-21 00:04:49.000',
    '"noon"',
  ]);
});
