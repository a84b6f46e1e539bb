/**
 * Attribute names as TraceQL writes them: everything up to white space or one of `{}()=~!<>&|^,` belongs to the name,
 * and parts in double quotes may hold anything. In quotes only `\"` and `\\` are escapes.
 */

/** One rune of an unquoted part. White space as Go has it (unicode.IsSpace), plus U+FEFF. */
export const NAME_RUNE = String.raw`[^\s\u0085{}()=~!<>&|^,"]`;
export const QUOTED_PART = String.raw`"(?:\\["\\]|[^"\\])*"`;

const PART = new RegExp(`${QUOTED_PART}|${NAME_RUNE}+`, 'gu');
const PLAIN = new RegExp(`^${NAME_RUNE}+$`, 'u');

/** The key that a written name means: quotes and escapes removed. */
export function splitAttributeName(written: string): string {
  return written.replace(PART, (part) =>
    part.startsWith('"') ? part.slice(1, -1).replace(/\\(["\\])/gu, '$1') : part,
  );
}

/** The name to write for a key: as it is where that reads back, quoted otherwise. */
export function attributeNameText(key: string, isPlain: (key: string) => boolean = () => true): string {
  if (PLAIN.test(key) && isPlain(key)) return key;
  return `"${key.replace(/["\\]/gu, '\\$&')}"`;
}
