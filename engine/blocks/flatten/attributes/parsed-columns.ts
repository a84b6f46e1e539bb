import type { ColumnChunk, RowGroup } from '../parquet/footer.js';
import { type Pages, readPages } from '../parquet/pages.js';
import type { Leaf } from '../parquet/schema-tree.js';
import type { GroupColumns } from './attributes.js';

/** The pages of one row group's columns, parsed once each. */
export class ParsedColumns implements GroupColumns {
  private readonly parsed = new Map<number, Pages>();

  constructor(
    private readonly group: RowGroup,
    private readonly chunks: ReadonlyMap<number, Uint8Array>,
  ) {}

  chunk(leaf: Leaf): ColumnChunk {
    return this.group.chunks[leaf.number]!;
  }

  entries(leaf: Leaf): number {
    return this.chunk(leaf).entries;
  }

  pages(leaf: Leaf): Pages | undefined {
    const known = this.parsed.get(leaf.number);
    if (known) return known;
    const bytes = this.chunks.get(leaf.number);
    if (!bytes) return undefined;
    const pages = readPages(bytes, leaf, this.chunk(leaf));
    this.parsed.set(leaf.number, pages);
    return pages;
  }

  /** A column without any value is one without pages. */
  required(leaf: Leaf): Pages {
    return this.pages(leaf) ?? { dictionary: undefined, data: [] };
  }
}
