import type { ScalarType } from '../sql/relations/flat-values.js';

interface Counted<Type> {
  readonly text: string;
  readonly type: Type;
  readonly count: number;
}

/** Counts of values of several blocks, added up. A value is one with its type. */
export class ValueSums<Type extends string = ScalarType> {
  private readonly sums = new Map<string, Counted<Type>>();

  add(values: Iterable<Counted<Type>>): void {
    for (const { text, type, count } of values) {
      const id = `${type}\0${text}`;
      this.sums.set(id, { text, type, count: count + (this.sums.get(id)?.count ?? 0) });
    }
  }

  /** The most frequent first, then by text. */
  sorted(): readonly Counted<Type>[] {
    return [...this.sums.values()].sort(
      (a, b) =>
        b.count - a.count ||
        Number(a.text > b.text) - Number(a.text < b.text) ||
        Number(a.type > b.type) - Number(a.type < b.type),
    );
  }
}
