/**
 * Some rows of a block: the pages that have them. Pages of different columns begin with different rows, so what is read with them is
 * incomplete; stand-ins (`parquet/stand-in.ts`) keep every row in its place.
 *
 * A column that says how long the lists are in which others lie is read whole where any row of its row group is wanted: the names or kinds
 * of spans, the keys of attributes, the names of events, the trace ids of links.
 */
import { concurrently } from '../concurrently.js';
import type { ByteRange, Storage } from '../storage.js';
import { ParsedColumns } from './attributes/parsed-columns.js';
import { corrupt } from './error.js';
import { costOf, fetchPieces, hasValues } from './fetch.js';
import type { ColumnChunk, Footer, RowGroup } from './parquet/footer.js';
import { type PagePlace, readOffsetIndex } from './parquet/page-index.js';
import {
  type DataPage,
  type DictionaryPage,
  isDictionaryCoded,
  type Pages,
  readPage,
  readPages,
} from './parquet/pages.js';
import type { Leaf } from './parquet/schema-tree.js';
import { type Levels, levelsOf, standInPage } from './parquet/stand-in.js';
import type { BlockPlan, ChildPlan } from './plan.js';
import type { GroupRows } from './row-group.js';
import { dictionaryRange, placedPage } from './rows/placed-page.js';

/** What is read of a row group. */
export interface RowsOfGroup {
  readonly group: RowGroup;
  readonly pieces: readonly Piece[];
}

/** A column whole, its dictionary, or one of its pages. */
interface Piece extends ByteRange {
  readonly leaf: Leaf;
  readonly part: 'whole' | 'dictionary' | PagePlace;
  /** Of the column, where the piece is a page: all of them. */
  readonly places?: readonly PagePlace[];
}

export interface WantedRows {
  readonly groups: readonly RowsOfGroup[];
  /** That reading them takes, the page index included. */
  readonly bytes: number;
}

/** Parts of the page index lie one behind the other, those of all columns. */
const INDEX_GAP = 1 << 12;
const GROUPS_AT_ONCE = 8;

/** Reads the page index of the row groups that have some of the rows. Rejects with `StorageError`, `CorruptError`. */
export async function planRows(
  storage: Storage,
  path: string,
  footer: Footer,
  plan: BlockPlan,
  rows: readonly number[],
): Promise<WantedRows> {
  const whole = wholeLeaves(plan);
  const ownRows = rowsByGroup(footer, rows);
  const groups: RowsOfGroup[] = [];
  let bytes = 0;
  await concurrently(GROUPS_AT_ONCE, [...footer.rowGroups.entries()], async ([n, group]) => {
    const own = ownRows[n]!;
    const leaves =
      own.length === 0 ? [] : plan.leaves.filter((leaf) => hasValues(group.chunks[leaf.number]!));
    const indexed = leaves.flatMap((leaf) => {
      const index = whole.has(leaf) ? undefined : group.chunks[leaf.number]!.offsetIndex;
      return index === undefined ? [] : [{ ...index, leaf }];
    });
    const { read, bytesRead } = await fetchPieces(storage, path, indexed, INDEX_GAP);
    const places = new Map(
      indexed.map((index) => [
        index.leaf,
        readOffsetIndex(read(index), group.chunks[index.leaf.number]!, group.rows),
      ]),
    );
    const pieces = leaves.flatMap((leaf) =>
      piecesOf(leaf, group.chunks[leaf.number]!, places.get(leaf), own),
    );
    groups[n] = { group, pieces };
    bytes += bytesRead + costOf(pieces).bytes;
  });
  return { groups, bytes };
}

/** Of each row group, its rows, numbered from its first. */
function rowsByGroup({ rowGroups }: Footer, rows: readonly number[]): readonly (readonly number[])[] {
  let first = 0;
  let next = 0;
  return rowGroups.map((group) => {
    const own: number[] = [];
    for (; next < rows.length && rows[next]! < first + group.rows; next++) own.push(rows[next]! - first);
    first += group.rows;
    return own;
  });
}

function piecesOf(
  leaf: Leaf,
  chunk: ColumnChunk,
  places: readonly PagePlace[] | undefined,
  rows: readonly number[],
): readonly Piece[] {
  const { start, end } = chunk;
  if (places === undefined) return [{ leaf, part: 'whole', start, end }];
  const dictionary = dictionaryRange(chunk, places);
  return [
    ...(dictionary === undefined ? [] : [{ leaf, part: 'dictionary' as const, ...dictionary }]),
    ...placesWith(places, rows).map((place) => ({
      leaf,
      part: place,
      places,
      start: place.start,
      end: place.end,
    })),
  ];
}

function placesWith(places: readonly PagePlace[], rows: readonly number[]): readonly PagePlace[] {
  let next = 0;
  return places.filter(({ lastRow }) => {
    const before = next;
    while (next < rows.length && rows[next]! < lastRow) next++;
    return next > before;
  });
}

/** The columns that are read whole, the one of spans first. */
function wholeLeaves({ anchor, attributes, events, links }: BlockPlan): ReadonlySet<Leaf> {
  const keys = attributes.flatMap(({ list }) => (list === undefined ? [] : [list.key]));
  return new Set([
    anchor,
    ...keys,
    ...[events, links].flatMap((child) => (child ? leavesOfLists(child) : [])),
  ]);
}

function leavesOfLists(child: ChildPlan): readonly Leaf[] {
  switch (child.kind) {
    case 'listed':
      return [child.anchor, ...(child.attributes.list === undefined ? [] : [child.attributes.list.key])];
    case 'proto-events':
      return [child.anchor, ...(child.attributes === undefined ? [] : [child.attributes.key])];
    case 'proto-links':
      return [];
  }
}

/** Reads what was planned of a row group. Rejects with `StorageError`, `CorruptError`. */
export async function fetchRows(
  storage: Storage,
  path: string,
  { group, pieces }: RowsOfGroup,
  plan: BlockPlan,
): Promise<GroupRows> {
  const { read } = await fetchPieces(storage, path, pieces);
  const columns = new Map<number, ReadColumn>();
  for (const piece of pieces) {
    const { leaf, part, places = [] } = piece;
    const column = columns.get(leaf.number) ?? { places, pages: new Map() };
    if (part === 'whole') columns.set(leaf.number, { ...column, whole: read(piece) });
    else if (part === 'dictionary') columns.set(leaf.number, { ...column, dictionary: read(piece) });
    else columns.set(leaf.number, { ...column, places, pages: column.pages.set(part.firstRow, read(piece)) });
  }
  return new SparseGroup(group, [...wholeLeaves(plan)], columns).all();
}

interface ReadColumn {
  readonly whole?: Uint8Array;
  readonly dictionary?: Uint8Array;
  /** Of all pages, in order. */
  readonly places: readonly PagePlace[];
  /** Those that were read, by their first row. */
  readonly pages: Map<number, Uint8Array>;
}

/** The columns of a row group, with stand-ins for what was not read. */
class SparseGroup {
  private readonly columns: ParsedColumns;
  private readonly levels = new Map<Leaf, Levels>();

  constructor(
    private readonly group: RowGroup,
    private readonly whole: readonly Leaf[],
    private readonly read: ReadonlyMap<number, ReadColumn>,
  ) {
    // The least and the greatest value are not those of stand-ins.
    const chunks = group.chunks.map((chunk) => ({ ...chunk, min: undefined, max: undefined }));
    this.columns = new ParsedColumns({ chunks }, (leaf) => this.parse(leaf));
  }

  all(): GroupRows {
    return { rows: this.group.rows, columns: this.columns };
  }

  private parse(leaf: Leaf): Pages | undefined {
    const column = this.read.get(leaf.number);
    const chunk = this.group.chunks[leaf.number]!;
    if (column?.whole !== undefined) return readPages(column.whole, leaf, chunk);
    // Of a row group without wanted rows there are traces without spans.
    if (column === undefined && leaf.maxRep > 0) return undefined;
    const dictionary = column?.dictionary && this.dictionary(column.dictionary, leaf);
    // Pages that are coded by a dictionary come before those that are not.
    let coded = dictionary !== undefined;
    const places = column?.places ?? [{ firstRow: 0, lastRow: this.group.rows, start: 0, end: 0 }];
    const data = places.map((place) => {
      const bytes = column?.pages.get(place.firstRow);
      if (bytes === undefined) return this.standIn(leaf, place, coded ? dictionary?.entries : undefined);
      const page = placedPage(bytes, place, leaf, chunk);
      coded &&= isDictionaryCoded(page);
      return page;
    });
    return { dictionary, data };
  }

  private dictionary(bytes: Uint8Array, leaf: Leaf): DictionaryPage {
    const { page } = readPage(bytes, 0, leaf, this.group.chunks[leaf.number]!);
    return page.kind === 'dictionary'
      ? page.page
      : corrupt(`column ${leaf.path} has no dictionary before its first page`);
  }

  private standIn(leaf: Leaf, place: PagePlace, dictionary: number | undefined): DataPage {
    const like = longest(this.whole.filter(({ path }) => leaf.path.startsWith(folderOf(path))));
    if (like !== undefined) return standInPage(leaf, place, this.levelsOf(like), like.maxRep, dictionary);
    const lists = LISTS_OF_FOLDERS.find(([folder]) => leaf.path.startsWith(folder))?.[1] ?? 0;
    const spans = lists === 0 ? undefined : this.levelsOf(this.whole[0]!);
    return standInPage(leaf, place, spans, lists, dictionary);
  }

  private levelsOf(leaf: Leaf): Levels {
    const known = this.levels.get(leaf) ?? levelsOf(this.columns.required(leaf), leaf, this.group.rows);
    this.levels.set(leaf, known);
    return known;
  }
}

/** Around the lists of spans, and how many lists of those that spans lie in. */
const LISTS_OF_FOLDERS = [
  ['rs.Resource.', 1],
  ['rs.ss.', 2],
] as const;

/** With its dot. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.') + 1);
}

function longest(leaves: readonly Leaf[]): Leaf | undefined {
  return leaves.toSorted((a, b) => folderOf(b.path).length - folderOf(a.path).length)[0];
}
