/** The reference of the language by its sections, for a model that has to write rules and queries. */
import { readFileSync } from 'node:fs';

export interface Section {
  /** In links: `rules-over-many-traces`. */
  readonly id: string;
  readonly title: string;
  /** Markdown, with its heading. */
  readonly text: string;
}

/** Before the compiler has moved this file, and after. */
const PLACES = ['../../engine/language/README.md', '../../../engine/language/README.md'];

/** In the order of the reference. */
export function readSections(): readonly Section[] {
  const text = referenceText();
  return text
    .split(/^(?=## )/m)
    .map((part) => ({ title: /^#+ (.*)$/m.exec(part)?.[1] ?? '', text: part }))
    .map((section) => ({ ...section, id: section.title.toLowerCase().replace(/[^a-z0-9]+/g, '-') }));
}

function referenceText(): string {
  for (const place of PLACES) {
    try {
      return readFileSync(new URL(place, import.meta.url), 'utf8');
    } catch {}
  }
  throw new Error('engine/language/README.md is missing from the package');
}
