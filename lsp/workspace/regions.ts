/** Rules and queries inside Markdown: each fence is a text of its own, at the offsets it has in the document. */

export interface Region {
  readonly language: 'betrace' | 'traceql';
  /** As long as the document; everything outside the fence is blank. */
  readonly text: string;
  /** Offsets of the fence's content in the document. */
  readonly start: number;
  readonly end: number;
}

const OPENING = /^( {0,3})(`{3,}|~{3,})[ \t]*(betrace|traceql)\b[^\n`]*$/iu;

export function fencesOf(markdown: string): readonly Region[] {
  const regions: Region[] = [];
  let open:
    | { readonly marker: string; readonly language: Region['language']; readonly start: number }
    | undefined;
  /** A fence in another language, whose content may look like the start of one of ours. */
  let foreign: string | undefined;
  let offset = 0;
  for (const line of markdown.split('\n')) {
    const next = offset + line.length + 1;
    const bare = line.replace(/\r$/u, '');
    if (open !== undefined) {
      if (closes(bare, open.marker)) {
        regions.push(regionOf(markdown, open.language, open.start, offset));
        open = undefined;
      }
    } else if (foreign !== undefined) {
      if (closes(bare, foreign)) foreign = undefined;
    } else {
      const ours = OPENING.exec(bare);
      const other = /^ {0,3}(`{3,}|~{3,})/u.exec(bare);
      if (ours !== null) {
        const language = ours[3]!.toLowerCase() as Region['language'];
        open = { marker: ours[2]!, language, start: Math.min(next, markdown.length) };
      } else if (other !== null) foreign = other[1]!;
    }
    offset = next;
  }
  if (open !== undefined) regions.push(regionOf(markdown, open.language, open.start, markdown.length));
  return regions;
}

/** A fence is closed by at least as many of the same characters, alone on a line. */
function closes(line: string, marker: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= marker.length && [...trimmed].every((character) => character === marker[0]);
}

function regionOf(markdown: string, language: Region['language'], start: number, end: number): Region {
  const blank = (text: string): string =>
    text.replace(/[^\n\r]/gu, (character) => ' '.repeat(character.length));
  const text = blank(markdown.slice(0, start)) + markdown.slice(start, end) + blank(markdown.slice(end));
  return { language, text, start, end };
}
