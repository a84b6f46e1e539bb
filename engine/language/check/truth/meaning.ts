/** What a part of a rule says, apart from how it is written. */
export function meaningOf(node: object): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (WRITTEN.has(key)) return undefined;
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

const WRITTEN: ReadonlySet<string> = new Set(['range', 'parens', 'raw', 'spelling', 'explicit']);
