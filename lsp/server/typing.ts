import type { Diagnostic } from '../../engine/language/problems/diagnostic.js';
import { editBetween } from '../../engine/language/text/edit.js';

/** Who has not typed for so long has come to the end of a word. */
export const PAUSE_MS = 400;

interface Place {
  readonly offset: number;
  readonly at: number;
}

/**
 * Where somebody types, a mistake is mostly a word that is not finished. What comes up there is reported once typing pauses;
 * what was there before stays, so that nothing flickers, and mistakes elsewhere are reported at once.
 */
export class Typing {
  private readonly texts = new Map<string, string>();
  private readonly places = new Map<string, Place>();
  /** By document, the mistakes that were reported last. */
  private readonly published = new Map<string, ReadonlySet<string>>();
  private pause: ReturnType<typeof setTimeout> | undefined;

  /** `onPause`: what was held back is to be reported now. */
  constructor(private readonly onPause: () => void) {}

  /** A document has this text now. */
  note(uri: string, text: string): void {
    const before = this.texts.get(uri);
    this.texts.set(uri, text);
    if (before !== undefined && before !== text)
      this.places.set(uri, { offset: editBetween(before, text).after, at: Date.now() });
  }

  forget(uri: string): void {
    for (const known of [this.texts, this.places, this.published]) known.delete(uri);
  }

  stop(): void {
    clearTimeout(this.pause);
  }

  /** Those to be reported now; for the others `onPause` is called when it is time. */
  settled(uri: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    const place = this.places.get(uri);
    const text = this.texts.get(uri);
    // Nobody types in what is not open.
    if (text === undefined) return diagnostics;
    const left = place === undefined ? 0 : place.at + PAUSE_MS - Date.now();
    const before = this.published.get(uri);
    const now =
      place === undefined || left <= 0
        ? diagnostics
        : diagnostics.filter(
            (diagnostic) => !isAt(diagnostic, place.offset, text) || before?.has(keyOf(diagnostic)) === true,
          );
    if (now.length < diagnostics.length) {
      clearTimeout(this.pause);
      this.pause = setTimeout(this.onPause, left + 1);
    }
    this.published.set(uri, new Set(now.map(keyOf)));
    return now;
  }
}

function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

/** Whether nothing but blanks is between a mistake and an offset. */
function isAt({ range: { start, end } }: Diagnostic, offset: number, text: string): boolean {
  if (start <= offset && offset <= end) return true;
  const between = offset < start ? text.slice(offset, start) : text.slice(end, offset);
  return between.trim() === '';
}
