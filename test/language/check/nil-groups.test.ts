/** Groups of all spans that lack what they are grouped by, and the edit that leaves these spans out. */
import { expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';

function found(text: string) {
  const { files } = loadWorkspace(new Map([['a.betrace', text]]));
  return [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter(({ code }) => code === 'BT2222'),
  );
}

const warned = (text: string): readonly string[] =>
  found(text).map(({ range }) => text.slice(range.start, range.end));

const lets = 'let charge = { name = "charge" }\nlet keyed = charge | { span.k != nil }\n';

it.each<readonly [string, readonly string[]]>([
  ['never charge | by(span.k) | count() > 1', ['span.k']],
  ['never keyed | by(span.k) | count() > 1', []],
  ['never { span.k = "a" } | by(span.k) | count() > 1', []],
  ['never { !(span.k = "a") } | by(span.k) | count() > 1', []],
  ['never { span.k = nil } | by(span.k) | count() > 1', ['span.k']],
  ['never { !(span.k = nil) } | by(span.k) | count() > 1', []],
  ['never { span.k = "a" || name = "x" } | by(span.k) | count() > 1', ['span.k']],
  ['never { span.k = "a" || span.k in ("b", "c") } | by(span.k) | count() > 1', []],
  ['never { span.k > 1 } >> charge | by(span.k) | count() > 1', ['span.k']],
  ['never charge >> { span.k > 1 } | by(span.k) | count() > 1', []],
  ['never keyed || charge | by(span.k) | count() > 1', ['span.k']],
  [
    'never keyed | by(span.k, resource.zone, resource.service.name, name) | avg(duration) > 1s',
    ['resource.zone'],
  ],
  ['never charge | by(parent.span.k) | count() > 1', ['parent.span.k']],
  ['never charge | by(span.k) | coalesce() | count() > 1', []],
  ['never charge | by(span.k) | select(span.k)', []],
  ['always count(charge | by(span.k) | count() > 1) = 0', ['span.k']],
  ['when charge as c  never c | by(span.k) | count() > 1', ['span.k']],
])('%s', (clauses, expected) => {
  expect(warned(`${lets}rule r { ${clauses} }`)).toEqual(expected);
});

it('says nothing of series, which show what they lack in their labels', () => {
  expect(warned(`${lets}rule r { over 5m never charge | count_over_time() by (span.k) > 5 }`)).toEqual([]);
});

it.each<readonly [string, string, readonly string[]]>([
  ['let per-key = charge | by(span.k)', 'never per-key | count() > 1', ['per-key']],
  ['let per-key = keyed | by(span.k)', 'never per-key | count() > 1', []],
  ['let per-key = charge | by(span.k) | coalesce()', 'never per-key | count() > 1', []],
  ['let per-key = charge | by(span.k)', 'always per-key', []],
  ['let per-key = charge | by(span.k)\nlet again = per-key', 'never again | avg(duration) > 1s', ['again']],
  ['', 'never (charge | by(span.k)) | count() > 1', ['(charge | by(span.k))']],
])('%s %s', (definition, clauses, expected) => {
  expect(warned(`${lets}${definition}\nrule r { ${clauses} }`)).toEqual(expected);
});

it('is ended by the edit that it offers', () => {
  const text = `${lets}rule r { never charge | by(span.k, span.l) | count() > 1 }`;
  const [{ fixes: [fix] = [] } = {}] = found(text);
  const [edit] = fix?.edits ?? [];
  const mended = `${text.slice(0, edit!.range.start)}${edit!.newText}${text.slice(edit!.range.end)}`;
  expect(mended).toContain('charge | { span.k != nil && span.l != nil } | by(span.k, span.l) | count()');
  expect(warned(mended)).toEqual([]);
});

it('says nothing where nothing tests the groups', () => {
  expect(warned('let per-key = { } | by(span.k)\n')).toEqual([]);
});
