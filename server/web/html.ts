/** HTML text, in which every value is escaped unless it is HTML itself. The one place where that happens. */
import { printable } from '../shared/printable.js';

export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Part[] | undefined;

/** html`<td>${foreign}</td>`: values are safe between tags and in quoted attributes, nowhere else. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const text = strings.reduce(
    (all, string, n) => all + string + (n < values.length ? render(values[n]) : ''),
    '',
  );
  return new Html(text);
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Also shows what would otherwise change how the text reads: controls, and marks that turn its direction. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}
