import type { Diagnostic } from '../problems/diagnostic.js';
import { type Edit, editBetween } from '../text/edit.js';
import { TokenStream } from '../text/lexer.js';
import { isSameState, type LexerState, START_OF_TEXT } from '../text/lexer-context.js';
import type { Token } from '../text/tokens.js';
import type { Comment, Item } from '../tree/ast.js';
import { inOrder } from './in-order.js';
import { parseItem } from './parse-item.js';
import { firstItem } from './parse-items.js';

/**
 * A stretch of a text with one top-level item, from its first token up to that of the next one, or with what is before the first.
 * All its offsets count from its own start, so that it is the same object wherever it moves, and whatever is known of it stays known.
 */
export interface ReadItem {
  readonly length: number;
  readonly comments: readonly Comment[];
  /** Absent where nothing could be made of the text. */
  readonly item?: Item;
  readonly diagnostics: readonly Diagnostic[];
  /** The smallest number of parses among its parts; 1 for valid text. */
  readonly parses: number;
  /** What the text before it, and with it, means for how text is read. */
  readonly before: LexerState;
  readonly after: LexerState;
  /** No character from here on made a difference. Infinite where it made one that the text ends. */
  readonly reach: number;
}

/** A stretch where it is in a text. */
export interface PlacedItem {
  readonly start: number;
  readonly read: ReadItem;
}

/** A text, cut into its items without a gap; none where it was not read item by item. */
export interface ReadText {
  readonly text: string;
  readonly items: readonly PlacedItem[];
}

/**
 * Reads a text item by item. Each is read from what is before it and from its own text, up to its reach; so one of which neither has
 * changed is what it was.
 */
export function readItems(text: string, before?: ReadText): readonly PlacedItem[] {
  const known = new KnownItems(text, before);
  const found: PlacedItem[] = [];
  let reader: ItemReader | undefined;
  let state = START_OF_TEXT;
  for (let start = 0; start < text.length; ) {
    let item = known.at(start, state);
    if (item === undefined) {
      if (reader?.start !== start) reader = new ItemReader(text, start, state);
      item = { start, read: reader.read() };
    }
    found.push(item);
    start += item.read.length;
    state = item.read.after;
  }
  return found;
}

/** The items of an earlier text, by where they would be now. */
class KnownItems {
  private readonly items: readonly PlacedItem[];
  private readonly edit: Edit;
  /** The first that was not passed. */
  private next = 0;

  constructor(text: string, before: ReadText | undefined) {
    this.items = before?.items ?? [];
    this.edit = editBetween(before?.text ?? '', text);
  }

  at(start: number, state: LexerState): PlacedItem | undefined {
    for (; this.next < this.items.length; this.next++) {
      const item = this.items[this.next] as PlacedItem;
      const moved = this.moved(item);
      if (moved === undefined || moved.start < start) continue;
      return moved.start === start && isSameState(moved.read.before, state) ? moved : undefined;
    }
    return undefined;
  }

  /** Undefined for an item that the edit may have touched. */
  private moved(item: PlacedItem): PlacedItem | undefined {
    const { start, before, after } = this.edit;
    if (item.start + item.read.reach <= start) return item;
    if (item.start < before) return undefined;
    return after === before ? item : { ...item, start: item.start + after - before };
  }
}

interface AheadToken {
  readonly token: Token;
  readonly before: LexerState;
  readonly reach: number;
}

/** Reads item behind item, lexing no further than it has to. */
class ItemReader {
  private readonly text: string;
  private readonly stream: TokenStream;
  /** From the start of the next item on: tokens, with what was before each. */
  private readonly ahead: AheadToken[] = [];
  private nextStart: number;

  constructor(text: string, start: number, state: LexerState) {
    this.text = text;
    this.nextStart = start;
    this.stream = new TokenStream(text, start, state);
  }

  /** Where the next item starts. */
  get start(): number {
    return this.nextStart;
  }

  read(): ReadItem {
    const start = this.nextStart;
    const first = this.tokenAt(0);
    const before = first?.before ?? this.stream.state;
    // Before the first token of the text there may be a stretch without any.
    const isItem = first !== undefined && first.token.start === start;
    let looked = 0;
    const { kind, count } = isItem
      ? firstItem((index) => {
          looked = Math.max(looked, index);
          return index < 0 ? before.previous : this.tokenAt(index)?.token;
        })
      : { kind: 'unknown' as const, count: 0 };
    const next = this.tokenAt(count);
    const end = next?.token.start ?? this.text.length;
    // Where there is no such token it made a difference that the text ends.
    const isWhole = this.tokenAt(looked) === undefined;
    const reaches = this.ahead.slice(0, looked + 1).map(({ reach }) => reach);
    const reach = isWhole ? Number.POSITIVE_INFINITY : reaches.reduce((a, b) => Math.max(a, b), 0);
    const tokens = this.ahead
      .splice(0, count)
      .map(({ token }): Token => ({ ...token, start: token.start - start, end: token.end - start }));
    this.nextStart = end;
    const { item, diagnostics, parses } =
      count === 0 ? { diagnostics: [], parses: 1 } : parseItem({ kind, tokens }, end - start);
    const comments = takeUntil(end, this.stream.comments);
    const lexical = takeUntil(end, this.stream.diagnostics);
    return {
      length: end - start,
      comments: placed(comments, -start),
      ...(item === undefined ? {} : { item }),
      diagnostics: inOrder([...placed(lexical, -start), ...diagnostics]),
      parses,
      before,
      after: next?.before ?? this.stream.state,
      reach: reach - start,
    };
  }

  private tokenAt(index: number): AheadToken | undefined {
    while (this.ahead.length <= index) {
      const before = this.stream.state;
      const token = this.stream.next();
      if (token === undefined) return undefined;
      this.ahead.push({ token, before, reach: this.stream.reach });
    }
    return this.ahead[index];
  }
}

/** Takes out what is before an offset: the lexer may be further on. */
function takeUntil<T extends { readonly range: { readonly start: number } }>(
  end: number,
  found: T[],
): readonly T[] {
  const count = found.findIndex(({ range }) => range.start >= end);
  return found.splice(0, count < 0 ? found.length : count);
}

const items = new WeakMap<ReadItem, PlacedItem & { readonly item: Item }>();

/** The item by offsets into the text; the same object for as long as it does not move. */
export function placedItem({ start, read }: PlacedItem): Item | undefined {
  if (read.item === undefined) return undefined;
  const known = items.get(read);
  if (known?.start === start) return known.item;
  const item = placed(read.item, start);
  items.set(read, { start, read, item });
  return item;
}

/** A copy of a tree, of diagnostics or tokens, with offsets that are larger by so much. */
export function placed<T>(node: T, by: number): T {
  if (by === 0 || typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((part: unknown) => placed(part, by)) as T;
  const copy = { ...node } as Record<string, unknown>;
  for (const key in copy) {
    const value = copy[key];
    if (typeof value === 'object') copy[key] = placed(value, by);
    else if (typeof value === 'number' && (key === 'start' || key === 'end')) copy[key] = value + by;
  }
  return copy as T;
}
