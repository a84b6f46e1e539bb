/** What is needed of a row group: all of its columns, or, of a part of a block, the pages in which rows of its ids are. */
import { type IdBounds, idBounds } from '../../id-range.js';
import type { BlockMeta } from '../../meta.js';
import type { ByteRange, Storage } from '../../storage.js';
import { ParsedColumns } from '../attributes/parsed-columns.js';
import { corrupt } from '../error.js';
import { fetchChunks, fetchPieces, hasValues } from '../fetch.js';
import { requiredLeaf } from '../layout.js';
import type { ColumnChunk, Footer, RowGroup } from '../parquet/footer.js';
import { type PagePlace, readColumnIndex, readOffsetIndex } from '../parquet/page-index.js';
import { type DataPage, type Pages, readPage, readPages } from '../parquet/pages.js';
import { PhysicalType } from '../parquet/parquet-format.js';
import type { Leaf } from '../parquet/schema-tree.js';
import type { GroupRows } from '../row-group.js';
import { dictionaryRange, placedPage, rowsIn } from '../rows/placed-page.js';
import { pagesOfIds, placeOf, type RowRange, rowsOfIds } from './rows-of-ids.js';
import { trimPage } from './trim-page.js';

/** Of pages that lie apart little is read along: what is between them is somebody else's part. */
const GAP = 1 << 14;

export interface FetchedGroup extends GroupRows {
  readonly bytesRead: number;
}

/** Rejects with `StorageError`, `CorruptError`, `UnknownShapeError`. Pages are taken apart when they are asked for. */
export async function fetchGroup(
  storage: Storage,
  block: BlockMeta,
  footer: Footer,
  group: RowGroup,
  leaves: readonly Leaf[],
): Promise<FetchedGroup> {
  const { ids, dataPath } = block;
  const idLeaf = requiredLeaf(footer, 'TraceID', PhysicalType.BYTE_ARRAY);
  const { min, max } = group.chunks[idLeaf.number]!;
  const wanted = ids && idBounds(ids);
  const place = wanted === undefined ? 'inside' : placeOf(wanted, min, max);
  if (place === 'outside') return nothingOf(group);
  if (wanted === undefined || place === 'inside') {
    const { chunks, bytesRead } = await fetchChunks(storage, dataPath, group, leaves);
    return { rows: group.rows, columns: ParsedColumns.ofChunks(group, chunks), bytesRead };
  }
  return await new Slice(storage, dataPath, group).fetch(idLeaf, wanted, leaves);
}

function nothingOf(group: RowGroup, bytesRead = 0): FetchedGroup {
  return { rows: 0, columns: new ParsedColumns(group, () => undefined), bytesRead };
}

/** Where the pages of a column are; without an index its pages tell, once all are read. */
interface Column {
  readonly leaf: Leaf;
  readonly chunk: ColumnChunk;
  readonly places: readonly PagePlace[] | undefined;
}

/** The rows of some ids of one row group. */
class Slice {
  private bytesRead = 0;

  constructor(
    private readonly storage: Storage,
    private readonly path: string,
    private readonly group: RowGroup,
  ) {}

  async fetch(idLeaf: Leaf, ids: IdBounds, leaves: readonly Leaf[]): Promise<FetchedGroup> {
    const { group } = this;
    const all = [...new Set([idLeaf, ...leaves])].filter(({ number }) => hasValues(group.chunks[number]!));
    const { columns, bounds } = await this.readIndexes(idLeaf, all);
    const idColumn = columns.get(idLeaf.number);
    if (idColumn === undefined) return nothingOf(group, this.bytesRead);
    const { places } = idColumn;
    const near = places === undefined ? undefined : pagesOfIds(ids, places.length, bounds);
    if (places !== undefined && near === undefined) return nothingOf(group, this.bytesRead);
    const firstRow = near === undefined ? 0 : places![near.first]!.firstRow;
    const nearRows = { from: firstRow, to: near === undefined ? group.rows : places![near.last]!.lastRow };
    const idPages = await this.fetchColumns([idColumn], nearRows);
    const rows = rowsOfIds(ids, idPages(idColumn, nearRows), firstRow);
    if (rows.from === rows.to) return nothingOf(group, this.bytesRead);
    const others = [...columns.values()].filter((column) => column !== idColumn);
    const pages = await this.fetchColumns(others, rows);
    const parsed = new ParsedColumns(group, (leaf) => {
      const column = columns.get(leaf.number);
      return column && (column === idColumn ? idPages : pages)(column, rows);
    });
    return { rows: rows.to - rows.from, columns: parsed, bytesRead: this.bytesRead };
  }

  private async readIndexes(idLeaf: Leaf, leaves: readonly Leaf[]) {
    const { chunks, rows } = this.group;
    const { columnIndex } = chunks[idLeaf.number]!;
    const offsets = leaves.map(({ number }) => chunks[number]!.offsetIndex);
    const read = await this.read([columnIndex, ...offsets].filter((range) => range !== undefined));
    const columns = new Map<number, Column>();
    for (const leaf of leaves) {
      const chunk = chunks[leaf.number]!;
      const { offsetIndex } = chunk;
      const places = offsetIndex && readOffsetIndex(read(offsetIndex), chunk, rows);
      columns.set(leaf.number, { leaf, chunk, places });
    }
    const pages = columns.get(idLeaf.number)?.places?.length;
    const bounds = columnIndex && pages !== undefined ? readColumnIndex(read(columnIndex), pages) : undefined;
    return { columns, bounds };
  }

  private async read(pieces: readonly ByteRange[]): Promise<(piece: ByteRange) => Uint8Array> {
    const { read, bytesRead } = await fetchPieces(this.storage, this.path, pieces, GAP);
    this.bytesRead += bytesRead;
    return read;
  }

  /** Reads the pages of columns in which some of the rows are; what is returned gives those rows, or fewer. */
  private async fetchColumns(
    columns: readonly Column[],
    rows: RowRange,
  ): Promise<(column: Column, rows: RowRange) => Pages> {
    const asked = new Map(columns.map((column) => [column, piecesOf(column, rows)]));
    const read = await this.read(
      [...asked.values()].flatMap(({ dictionary, pages }) => [...dictionary, pages]),
    );
    return (column, wanted) => {
      const { leaf, chunk } = column;
      const { dictionary, pages, places } = asked.get(column)!;
      const head = dictionary.map((piece) => readPage(read(piece), 0, leaf, chunk).page);
      const parsed: Pages =
        places === undefined
          ? readPages(read(pages), leaf, chunk)
          : {
              dictionary: head[0]?.kind === 'dictionary' ? head[0].page : undefined,
              data: places.map((place) =>
                placedPage(read(pages).subarray(place.start - pages.start), place, leaf, chunk),
              ),
            };
      return {
        dictionary: parsed.dictionary,
        data: trimmed(parsed.data, leaf, places?.[0]?.firstRow ?? 0, wanted),
      };
    };
  }
}

interface Pieces {
  readonly dictionary: readonly ByteRange[];
  readonly pages: ByteRange;
  /** Of the data pages in `pages`; absent where these are the whole chunk. */
  readonly places: readonly PagePlace[] | undefined;
}

function piecesOf({ chunk, places }: Column, { from, to }: RowRange): Pieces {
  const some = places?.filter(({ firstRow, lastRow }) => lastRow > from && firstRow < to);
  const [first, last] = [some?.[0], some?.at(-1)];
  if (places === undefined || first === undefined || last === undefined)
    return { dictionary: [], pages: { start: chunk.start, end: chunk.end }, places: undefined };
  const dictionary = dictionaryRange(chunk, places);
  return {
    dictionary: dictionary === undefined ? [] : [dictionary],
    pages: { start: first.start, end: last.end },
    places: some,
  };
}

/** Of pages that begin with row `firstRow` those, or what of them, holds the rows that are wanted. */
function trimmed(
  pages: readonly DataPage[],
  leaf: Leaf,
  firstRow: number,
  { from, to }: RowRange,
): readonly DataPage[] {
  const kept: DataPage[] = [];
  let row = firstRow;
  for (const page of pages) {
    const rows = rowsIn(page, leaf);
    const [first, last] = [Math.max(from - row, 0), Math.min(to - row, rows)];
    if (first < last) kept.push(trimPage(page, leaf, rows, first, last));
    row += rows;
  }
  if (row < to) corrupt(`column ${leaf.path} has fewer rows than its row group`);
  return kept;
}
