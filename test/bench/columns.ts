/** What the bytes are made of that a replay reads of blocks: by what the columns are for. */
import { fetchFooter } from '../../engine/blocks/flatten/fetch.js';
import { planBlock } from '../../engine/blocks/flatten/plan.js';
import type { BlockMeta } from '../../engine/blocks/meta.js';
import type { ByteRange, Storage } from '../../engine/blocks/storage.js';
import type { Plan } from '../../engine/plan/plan.js';
import { screenNeeds } from '../../engine/plan/screen.js';

/** The first that fits a column's path counts. */
const PURPOSES: readonly (readonly [purpose: string, columns: RegExp])[] = [
  ['ids and times of traces', /^(TraceID|StartTimeUnixNano|EndTimeUnixNano|Root\w+)$/],
  ['names and kinds of spans', /^rs\.ss\.Spans\.(Name|Kind)$/],
  ['attributes of spans', /^rs\.ss\.Spans\.(Attrs|DedicatedAttributes)\./],
  ['ids of spans', /^rs\.ss\.Spans\.SpanID$/],
  ['ids of their parents', /^rs\.ss\.Spans\.ParentSpanID$/],
  ['starts and durations of spans', /^rs\.ss\.Spans\.(StartTimeUnixNano|DurationNano)$/],
  ['places in the tree', /^rs\.ss\.Spans\.(NestedSet\w+|ParentID)$/],
  ['services and links', /^(rs\.Resource\.|rs\.ss\.Spans\.Links\.)/],
];
const OTHERS = 'footers, page indexes and what lies between';

export interface ReadOfPath extends ByteRange {
  readonly path: string;
}

export interface BytesOfPurpose {
  readonly purpose: string;
  readonly bytes: number;
  /** Whether the first pass reads such columns. */
  readonly first: boolean;
}

/** Most bytes first. */
export async function bytesByPurpose(
  storage: Storage,
  blocks: readonly BlockMeta[],
  plan: Plan,
  reads: readonly ReadOfPath[],
): Promise<readonly BytesOfPurpose[]> {
  const bytes = new Map<string, number>();
  const first = new Set<string>();
  const add = (purpose: string, count: number): void =>
    void bytes.set(purpose, (bytes.get(purpose) ?? 0) + count);
  const needs = screenNeeds(plan);
  for (const block of blocks) {
    const { footer } = await fetchFooter(storage, block);
    const own = reads.filter(({ path }) => path === block.dataPath);
    add(
      OTHERS,
      own.reduce((sum, { start, end }) => sum + end - start, 0),
    );
    for (const leaf of footer.leaves.values()) {
      const purpose = PURPOSES.find(([, columns]) => columns.test(leaf.path))?.[0];
      if (purpose === undefined) continue;
      for (const { chunks } of footer.rowGroups)
        for (const read of own) {
          const count = overlap(read, chunks[leaf.number]!);
          add(purpose, count);
          add(OTHERS, -count);
        }
    }
    for (const leaf of needs === undefined ? [] : planBlock(footer, block, needs).leaves)
      for (const [purpose, columns] of PURPOSES) if (columns.test(leaf.path)) first.add(purpose);
  }
  return [...bytes]
    .map(([purpose, count]) => ({ purpose, bytes: count, first: first.has(purpose) }))
    .sort((a, b) => b.bytes - a.bytes);
}

function overlap(a: ByteRange, b: ByteRange): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}
