import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { progressLine, startProgress } from '../../../server/cli/terminal/progress.js';
import { table } from '../../../server/cli/terminal/table.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatShort,
  plural,
} from '../../../server/shared/numbers.js';
import { terminalOf } from '../../../server/shared/terminal.js';

function stream(properties: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  let written = '';
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      written += chunk.toString();
      done();
    },
  });
  return Object.assign(sink, properties, { text: () => written });
}

test.each<[string, boolean, Readonly<Record<string, string>>, string]>([
  ['a terminal', true, {}, '\u001b[31mx\u001b[39m'],
  ['a pipe', false, {}, 'x'],
  ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, 'x'],
  ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, '\u001b[31mx\u001b[39m'],
  ['a dumb terminal', true, { TERM: 'dumb' }, 'x'],
  ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, '\u001b[31mx\u001b[39m'],
  ['NO_COLOR over FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, 'x'],
])('colours on %s', (_, isTTY, env, expected) => {
  expect(terminalOf(stream({ isTTY }), stream(), env).outStyle.red('x')).toBe(expected);
});

test('the width is the terminal’s, or fixed where there is none', () => {
  expect(terminalOf(stream({ isTTY: true, columns: 133 }), stream(), {}).width).toBe(133);
  expect(terminalOf(stream({ columns: 133 }), stream(), {}).width).toBe(100);
});

test('progress is drawn on a terminal only, not too often, and taken away', () => {
  const terminal = stream({ isTTY: true });
  let now = 0;
  const progress = startProgress(terminalOf(stream(), terminal, {}), () => now);
  progress.update({ blocksDone: 0, blocks: 4, spans: 0 });
  now = 50;
  progress.update({ blocksDone: 1, blocks: 4, spans: 10 });
  now = 2000;
  progress.update({ blocksDone: 1, blocks: 4, spans: 1_000_000 });
  progress.clear();
  progress.clear();
  expect(terminal.text().split('\r\u001b[2K')).toEqual([
    '',
    '[------------------------] 0/4 blocks · 0 spans',
    '[######------------------] 1/4 blocks · 1.0M spans · 500k spans/s · 6 s left',
    '',
  ]);
  const pipe = stream();
  const silent = startProgress(terminalOf(stream(), pipe, {}));
  silent.update({ blocksDone: 0, blocks: 4, spans: 0 });
  silent.clear();
  expect(pipe.text()).toBe('');
});

test('progress goes by the fraction where one is known, and never past the end', () => {
  expect(progressLine({ blocksDone: 0, blocks: 1, spans: 0, fraction: 1.7 }, 0)).toMatch(
    /^\[#{24}\] 0\/1 block/,
  );
});

test('a table aligns, and shrinks only what may', () => {
  const columns = [
    { title: 'NAME', shrinks: true },
    { title: 'N', align: 'right' },
  ] as const;
  const rows = [
    ['日本', '1'],
    ['a long name, much too long', '22'],
  ];
  expect(table(columns, rows, 100)).toBe(
    'NAME                         N\n日本                         1\na long name, much too long  22\n',
  );
  expect(table(columns, rows, 16)).toBe('NAME           N\n日本           1\na long name…  22\n');
  expect(table([{ title: 'NAME' }], [['uncut']], 2)).toBe('NAME\nuncut\n');
});

test('numbers for people', () => {
  expect([0, 999, 1000, 1234, 999_500, 12_345_678].map(formatShort)).toEqual([
    '0',
    '999',
    '1.0k',
    '1.2k',
    '1.0M',
    '12M',
  ]);
  expect([0, 512, 61_000_000].map(formatBytes)).toEqual(['0 B', '512 B', '61 MB']);
  expect([0, 999, 1000, 1234567, 1234n, -123456].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567',
    '1,234',
    '-123,456',
  ]);
  expect([plural(1, 'block'), plural(2, 'block'), plural(0, 'entry', 'entries')]).toEqual([
    '1 block',
    '2 blocks',
    '0 entries',
  ]);
  expect([5, 999.6, 59_400, 60_000, 200_000, 7_500_000, 7_200_000].map(formatDuration)).toEqual([
    '5 ms',
    '1 s',
    '59 s',
    '1 min',
    '3 min 20 s',
    '2 h 5 min',
    '2 h',
  ]);
});
