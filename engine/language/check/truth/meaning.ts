/** Trees do not change, and a part that an edit has not touched is asked about again. */
const known = new WeakMap<object, string>();

/** What a part of a rule says, apart from how it is written. */
export function meaningOf(node: object): string {
  let meaning = known.get(node);
  if (meaning === undefined) {
    meaning = JSON.stringify(node, (key, value: unknown) => {
      if (WRITTEN.has(key)) return undefined;
      return typeof value === 'bigint' ? `${value}n` : value;
    });
    known.set(node, meaning);
  }
  return meaning;
}

const WRITTEN: ReadonlySet<string> = new Set(['range', 'parens', 'raw', 'spelling', 'explicit']);
