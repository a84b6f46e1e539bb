import type { ColumnChunk, RowGroup } from '../parquet/footer.js';
import { type Pages, readPages } from '../parquet/pages.js';
import type { Leaf } from '../parquet/schema-tree.js';
import type { GroupColumns } from './attributes.js';

/** The pages of one row group's columns, parsed once each. */
export class ParsedColumns implements GroupColumns {
  private readonly parsed = new Map<number, Pages>();

  /** `parse` gives the pages of a column, or nothing for one without any value. */
  constructor(
    private readonly group: Pick<RowGroup, 'chunks'>,
    private readonly parse: (leaf: Leaf) => Pages | undefined,
  ) {}

  /** Of the bytes of whole column chunks, by leaf number. */
  static ofChunks(group: RowGroup, chunks: ReadonlyMap<number, Uint8Array>): ParsedColumns {
    return new ParsedColumns(group, (leaf) => {
      const bytes = chunks.get(leaf.number);
      return bytes && readPages(bytes, leaf, group.chunks[leaf.number]!);
    });
  }

  chunk(leaf: Leaf): ColumnChunk {
    return this.group.chunks[leaf.number]!;
  }

  entries(leaf: Leaf): number {
    return this.required(leaf).data.reduce((sum, page) => sum + page.entries, 0);
  }

  pages(leaf: Leaf): Pages | undefined {
    const known = this.parsed.get(leaf.number);
    if (known) return known;
    const pages = this.parse(leaf);
    if (pages) this.parsed.set(leaf.number, pages);
    return pages;
  }

  /** A column without any value is one without pages. */
  required(leaf: Leaf): Pages {
    return this.pages(leaf) ?? { dictionary: undefined, data: [] };
  }
}
