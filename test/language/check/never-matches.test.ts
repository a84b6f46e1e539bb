/** Warnings for what can never match, in rules as people write them. */
import { expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';

function found(text: string): readonly string[] {
  const { files } = loadWorkspace(new Map([['a.betrace', text]]));
  return [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics.map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`),
  );
}

it.each<readonly [string, readonly string[]]>([
  [
    'rule r { never ({ name = "a" } | count() = 0) && { name = "b" } }',
    ['BT2304 ({ name = "a" } | count() = 0)'],
  ],
  [
    'rule r { never { name = "b" } >> ({ name = "a" } | count() < 1 | select(span.x)) }',
    ['BT2304 ({ name = "a" } | count() < 1 | select(span.x))'],
  ],
  ['rule r { never ({ name = "a" } | count() > 0) && { name = "b" } }', []],
  ['rule r { always { name = "a" } | count() = 0 }', []],
  ['rule r { when { name = "a" } as c  never c.depth > 20 }', ['BT2221 c.depth']],
  ['rule r { when { name = "a" } as c  never c.durations > 2s }', ['BT2216 c.durations']],
  ['rule r { when { name = "a" } as c  never c.span.depth > 20 }', []],
  ['rule r { when { name = "a" } as c  always c.end < c.start }', ['BT2304 c.end < c.start']],
  ['rule r { when { name = "a" } as c and { name = "b" } as d  always c.end < d.start }', []],
])('%s', (text, expected) => {
  expect(found(text)).toEqual(expected);
});
