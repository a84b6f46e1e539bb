/** What the nested reader takes of a block: the columns of a question, and nothing else. */
import { expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import { flattenNested } from '../../../engine/blocks/flatten/nested/nested.js';
import type { ColumnNeeds } from '../../../engine/plan/schema.js';
import { allNeeds, compare, pathsIn, withDirectory } from './compare.js';
import { storedBlocks } from './fixtures.js';
import { madeAttributes, madeMeta, madeRows, memoryStorage, schemaOf } from './made-blocks.js';
import { writeNested } from './nested-writer.js';

const { spans, spanAttributes, events, links } = allNeeds(madeAttributes());
const NOTHING: ColumnNeeds = { spans: [], spanAttributes: [] };
const ofScope = (wanted: string): ColumnNeeds => ({
  ...NOTHING,
  spanAttributes: spanAttributes.filter(({ scope }) => scope === wanted),
});

const QUESTIONS: Readonly<Record<string, ColumnNeeds>> = {
  nothing: NOTHING,
  ...Object.fromEntries(spans.map((column) => [column, { ...NOTHING, spans: [column] }])),
  'attributes of spans': ofScope('span'),
  'attributes of resources': ofScope('resource'),
  'attributes of scopes': ofScope('instrumentation'),
  events: { ...NOTHING, events: events! },
  links: { ...NOTHING, links: links! },
};

it.each(BLOCK_FORMATS)(
  'each question by itself is answered as the fast reader does, of %s',
  async (format) => {
    const bytes = writeNested(schemaOf(format), madeRows(format, 12, 5), { rowsPerGroup: 7, indexed: true });
    const meta = madeMeta(format, bytes.length, 12);
    for (const [name, needs] of Object.entries(QUESTIONS))
      expect((await compare(memoryStorage(bytes), meta, needs)).differences, name).toEqual([]);
  },
);

it('a question about names reads a small part of a block', async () => {
  for (const { storage, meta } of ['shop-v5', 'shop-v4', 'tempo-v3'].flatMap(storedBlocks)) {
    let read = 0;
    const counting = {
      ...storage,
      readRange: async (path: string, start: number, end: number) => {
        read += end - start;
        return await storage.readRange(path, start, end);
      },
    };
    await withDirectory(async (directory) => {
      await flattenNested(counting, meta, { ...NOTHING, spans: ['name'] }, pathsIn(directory));
    });
    // Ids, names and starts of spans, and what is known of traces; two thirds of a small block are its footer.
    expect(read - 2 * meta.footerSize).toBeLessThan(meta.size / 2);
  }
});
