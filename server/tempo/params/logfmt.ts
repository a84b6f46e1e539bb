/** What is wrong with a text that should be logfmt. */
export interface LogfmtProblem {
  readonly problem: string;
}

const PAIR = /\s*([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s="]*)))?(?=\s|$)/gsy;

/** `k=v k2="v 2"` as pairs in order; a key alone has an empty value. Keys are unique. */
export function parseLogfmt(text: string): ReadonlyMap<string, string> | LogfmtProblem {
  const pairs = new Map<string, string>();
  let position = 0;
  while (text.slice(position).trim() !== '') {
    PAIR.lastIndex = position;
    const match = PAIR.exec(text);
    if (match === null) return { problem: `unexpected text at pos ${position + 1}` };
    const [whole, key = '', inQuotes, plain = ''] = match;
    const value = inQuotes === undefined ? plain : unquoted(inQuotes);
    if (value === undefined) return { problem: `invalid quoted value at pos ${position + 1}` };
    if (pairs.has(key)) return { problem: `tag ${key} has been set twice` };
    pairs.set(key, value);
    position += whole.length;
  }
  return pairs;
}

function unquoted(inside: string): string | undefined {
  try {
    const value: unknown = JSON.parse(`"${inside.replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
