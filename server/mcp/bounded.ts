/** Answers that fit in the context of a model: lists are cut, and it is said by how much. */
import { HttpError } from '../http/http-error.js';

/** What was left out at one place of an answer, such as `rules[].violations`. */
export interface LeftOut {
  readonly what: string;
  /** Of lists: items; of texts: characters. */
  readonly listed: number;
  readonly of: number;
}

interface Level {
  /** Of a list at most. */
  readonly items: number;
  /** Of a text at most. */
  readonly characters: number;
}

/** From the whole answer down: the first that fits is taken. */
const LEVELS: readonly Level[] = [
  { items: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY },
  ...[1000, 500, 250, 100, 50, 25, 10, 5, 2, 1].map((items) => ({ items, characters: 4000 })),
  ...[2000, 1000, 500, 200, 100].map((characters) => ({ items: 1, characters })),
];

/** Fields of objects that are tables (a service to its spans) are cut like lists; no object of ours has as many fields of its own. */
const LEAST_FIELDS = 40;

/**
 * The JSON of `answer`, of at most `mostBytes`. Where something had to be left out the answer begins with `leftOut`, which has every place where
 * it was. Counts are fields of their own and stay whole. Throws 422 where even the shortest form is longer.
 */
export function boundedJson(answer: Readonly<Record<string, unknown>>, mostBytes: number): string {
  for (const level of LEVELS) {
    const cut = new Cut(level);
    const value = cut.value(answer, '') as Readonly<Record<string, unknown>>;
    const leftOut = cut.leftOut;
    const text = JSON.stringify(leftOut.length === 0 ? value : { leftOut, ...value });
    if (Buffer.byteLength(text) <= mostBytes) return text;
  }
  throw new HttpError(422, 'the answer is longer than mcp.max_answer: ask for less', { code: 'BT5023' });
}

class Cut {
  private readonly places = new Map<string, { listed: number; of: number }>();

  constructor(private readonly level: Level) {}

  get leftOut(): readonly LeftOut[] {
    return [...this.places]
      .filter(([, { listed, of }]) => listed < of)
      .map(([what, counts]) => ({ what, ...counts }));
  }

  value(value: unknown, place: string): unknown {
    if (typeof value === 'string') return this.text(value, place);
    if (Array.isArray(value))
      return this.first(value, this.level.items, place).map((item) => this.value(item, `${place}[]`));
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value);
    const kept =
      fields.length > LEAST_FIELDS
        ? this.first(fields, Math.max(LEAST_FIELDS, this.level.items), place)
        : fields;
    return Object.fromEntries(
      kept.map(([name, field]) => [name, this.value(field, place === '' ? name : `${place}.${name}`)]),
    );
  }

  private first<T>(items: readonly T[], most: number, place: string): readonly T[] {
    const kept = items.length > most ? items.slice(0, most) : items;
    this.count(place, kept.length, items.length);
    return kept;
  }

  private text(text: string, place: string): string {
    const most = this.level.characters;
    const kept = text.length > most ? text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '') : text;
    if (kept !== text) this.count(`${place} (characters)`, kept.length, text.length);
    return kept === text ? text : `${kept}…`;
  }

  private count(place: string, listed: number, there: number): void {
    const before = this.places.get(place) ?? { listed: 0, of: 0 };
    this.places.set(place, { listed: before.listed + listed, of: before.of + there });
  }
}
