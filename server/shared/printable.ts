/**
 * The one place where foreign text (attribute values, tenant and file names) is made safe to print. Such text could
 * otherwise move the cursor, set the window's title, or show something else than it says.
 */

/**
 * C0 and C1 controls and DEL; line and paragraph separators; invisible marks that turn the direction of text; lone
 * surrogates. Tab and newline are among them: in a table they would break the row.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** The same but for newlines. */
const UNSAFE_IN_LINES = new RegExp(`(?!\\n)${UNSAFE.source}`, UNSAFE.flags);

/** On one line, with `\n`, `\t` and `\u001b` for what a terminal would act on. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** As `printable`, with newlines kept and tabs as two blanks: for texts of several lines. */
export function printableLines(text: string): string {
  return text.replace(/\t/g, '  ').replace(UNSAFE_IN_LINES, escaped);
}

/** JSON text with nothing in it that a terminal acts on; it parses to the same value. */
export function printableJson(value: unknown, indent?: number): string {
  // JSON.stringify escapes C0 itself, and its own newlines are the only ones left.
  return JSON.stringify(value, null, indent).replace(UNSAFE_IN_LINES, unicodeEscape);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  return unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** How many columns a printable text takes: wide characters two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/^\p{M}$/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** East Asian wide and emoji, by script: close enough to keep a table straight. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]$/u;

/** The text cut to a display width, with `…` where it was cut. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
