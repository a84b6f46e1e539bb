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
/** Without ids of spans the fast reader says less of traces. */
const IDS = ['span_id', 'parent_id'] as const;
const NOTHING: ColumnNeeds = { spans: IDS, spanAttributes: [] };
const ofScope = (wanted: string): ColumnNeeds => ({
  ...NOTHING,
  spanAttributes: spanAttributes.filter(({ scope }) => scope === wanted),
});

const QUESTIONS: Readonly<Record<string, ColumnNeeds>> = {
  nothing: NOTHING,
  ...Object.fromEntries(
    spans.map((column) => [column, { ...NOTHING, spans: [...new Set([...IDS, column])] }]),
  ),
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
    expect((await compare(storage, meta, { ...NOTHING, spans: [...IDS, 'name'] })).differences).toEqual([]);
    let read = 0;
    const { localPath: _, ...remote } = storage;
    const counting = {
      ...remote,
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
