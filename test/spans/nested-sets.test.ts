import { describe, expect, it } from 'vitest';
import { nestedSets, type TreeSpan } from '../../engine/spans/nested-sets.js';

const CLIENT = 3;
const SERVER = 2;
let clock = 0n;
const span = (spanId: string, parentId: string, kind = 1): TreeSpan => ({
  spanId,
  parentId,
  kind,
  start: clock++,
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

  it('leave out spans whose parents do not lead to a root', () => {
    expect(numbers(span('a', ''), span('x', 'gone'), span('y', 'x'))).toEqual([
      '1..2 under -1',
      '0..0 under 0',
      '0..0 under 0',
    ]);
  });

  it('leave out cycles', () => {
    expect(numbers(span('a', ''), span('x', 'y'), span('y', 'x'), span('z', 'z'))).toEqual([
      '1..2 under -1',
      '0..0 under 0',
      '0..0 under 0',
      '0..0 under 0',
    ]);
  });

  it('number nothing without a root', () => {
    expect(numbers(span('b', 'a'), span('c', 'b'))).toEqual(['0..0 under 0', '0..0 under 0']);
  });

  it('put the server side of a shared id under its client side, and further spans under the server side', () => {
    expect(numbers(span('r', ''), span('s', 'r', CLIENT), span('s', 's', SERVER), span('c', 's'))).toEqual([
      '1..8 under -1',
      '2..7 under 1',
      '3..6 under 2',
      '4..5 under 3',
    ]);
  });

  it('number nothing when more than two spans share an id', () => {
    expect(numbers(span('r', ''), span('s', 'r', 1), span('s', 'r', 2), span('s', 'r', 3))).toEqual(
      Array.from({ length: 4 }, () => '0..0 under 0'),
    );
  });

  it('take a chain deeper than the call stack', () => {
    const deep = Array.from({ length: 200_000 }, (_, n) => span(`s${n}`, n === 0 ? '' : `s${n - 1}`));
    const sets = nestedSets(deep);
    expect([sets[0]!.right, sets.at(-1)!.left]).toEqual([400_000, 200_000]);
  });
});
