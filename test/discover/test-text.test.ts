import { expect, it } from 'vitest';
import { testText } from '../../engine/discover/test-text.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { ExampleSpan } from '../../engine/sql/discover/example-spans.js';

const span = (name: string, spanId: string, parentId: string, start: bigint): ExampleSpan => ({
  ...{ traceId: 't', name, spanId, parentId, start, service: 's' },
  ...{ duration: 1_000_000n, isFailed: false, values: [], links: [] },
});

const textOf = (...spans: readonly ExampleSpan[]): string =>
  testText({
    ...{ title: 'a test', rule: 'r', expectation: 'pass', spans },
    ...{ keys: [], reads: [], readsStatus: false },
  });

it.each([
  ['parents go in a ring', [span('a', '1', '2', 0n), span('b', '2', '1', 1n), span('c', '3', '2', 2n)]],
  ['a span is its own parent', [span('a', '1', '1', 0n), span('b', '2', '1', 1n)]],
  [
    'an id is shared with a span below it',
    [span('a', '1', '', 0n), span('b', '2', '1', 1n), span('a', '1', '2', 2n)],
  ],
])('has each span once where %s', (_, spans) => {
  const text = textOf(...spans);
  expect(text.match(/"s" "[a-c]"/g)).toHaveLength(spans.length);
  const { files } = loadWorkspace(new Map([['r.betrace', `rule r { never { name = "z" } }\n${text}`]]));
  expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
});
