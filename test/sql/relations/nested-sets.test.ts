import { describe, expect, it } from 'vitest';
import { nestedSets } from '../../../engine/sql/relations/nested-sets.js';
import type { TreeSpan } from '../../../engine/sql/relations/parents.js';

const CLIENT = 3;
const SERVER = 2;
let clock = 0n;
const span = (spanId: string, parentId: string, kind = 1): TreeSpan => ({
  spanId,
  parentId,
  kind,
  start: clock++,
  name: 'a',
});
const numbers = (...spans: readonly TreeSpan[]): readonly string[] =>
  nestedSets(spans).map(({ left, right, parent }) => `${left}..${right} under ${parent}`);

describe('nested set numbers', () => {
  it('count from the root inwards and on over a second root', () => {
    expect(numbers(span('a', ''), span('b', 'a'), span('c', 'b'), span('d', 'a'), span('e', ''))).toEqual([
      '1..8 under -1',
      '2..5 under 1',
      '3..4 under 2',
      '6..7 under 1',
      '9..10 under -1',
    ]);
  });

  it('give a parent that is not there its place, below which its children are siblings', () => {
    expect(
      numbers(span('a', ''), span('x', 'gone'), span('y', 'x'), span('z', 'gone'), span('w', 'lost')),
    ).toEqual(['1..2 under -1', '4..7 under 3', '5..6 under 4', '8..9 under 3', '12..13 under 11']);
  });

  it('follow parents without any root', () => {
    expect(numbers(span('b', 'a'), span('c', 'b'))).toEqual(['2..5 under 1', '3..4 under 2']);
  });

  it('cut a cycle above its first span, with all that depends on it', () => {
    expect(
      numbers(span('a', ''), span('d', 'y'), span('x', 'y'), span('y', 'x'), span('z', 'z'), span('e', 'z')),
    ).toEqual([
      '1..2 under -1',
      '5..6 under 4',
      '3..8 under 0',
      '4..7 under 3',
      '9..12 under 0',
      '10..11 under 9',
    ]);
  });

  it('put the server side of a shared id under its client side, and further spans under the server side', () => {
    expect(numbers(span('r', ''), span('s', 'r', CLIENT), span('s', 's', SERVER), span('c', 's'))).toEqual([
      '1..8 under -1',
      '2..7 under 1',
      '3..6 under 2',
      '4..5 under 3',
    ]);
  });

  it('put the server side under its client side whatever parent it names, also none', () => {
    const rest = ['1..6 under -1', '2..5 under 1', '3..4 under 2'];
    expect(numbers(span('s', '', CLIENT), span('s', '', SERVER), span('c', 's'))).toEqual(rest);
    expect(numbers(span('s', '', CLIENT), span('s', 's', SERVER), span('c', 's', SERVER))).toEqual(rest);
    expect(numbers(span('r', ''), span('s', 'r', CLIENT), span('s', 'r', SERVER))).toEqual(rest);
  });

  it('give each of several spans with one id its place, and their children to the first', () => {
    expect(
      numbers(span('r', ''), span('s', 'r', 1), span('s', 'r', 1), span('s', 'r', 4), span('c', 's')),
    ).toEqual(['1..10 under -1', '2..5 under 1', '6..7 under 1', '8..9 under 1', '3..4 under 2']);
  });

  it('take a chain deeper than the call stack', () => {
    const deep = Array.from({ length: 200_000 }, (_, n) => span(`s${n}`, n === 0 ? '' : `s${n - 1}`));
    const sets = nestedSets(deep);
    expect([sets[0]!.right, sets.at(-1)!.left]).toEqual([400_000, 200_000]);
  });
});
