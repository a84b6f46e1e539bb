/** Which attributes a block may hold: cheap, as names lie in the dictionaries of their columns. */
import type { AttributeKey, StoredScope } from '../plan/schema.js';
import type { BlockFormat } from './block-formats.js';
import { corrupt } from './flatten/error.js';
import { fetchChunks } from './flatten/fetch.js';
import { decodeByteArrays } from './flatten/parquet/byte-arrays.js';
import { type Footer, footerLength, readFooter, TAIL_BYTES } from './flatten/parquet/footer.js';
import { isDictionaryCoded, type Pages, pageBody, readPages } from './flatten/parquet/pages.js';
import { Encoding } from './flatten/parquet/parquet-format.js';
import type { BlockMeta } from './meta.js';
import type { Storage } from './storage.js';

const KEY_COLUMNS: readonly (readonly [StoredScope, string])[] = [
  ['resource', 'rs.Resource.Attrs.Key'],
  ['instrumentation', 'rs.ss.Scope.Attrs.Key'],
  ['span', 'rs.ss.Spans.Attrs.Key'],
  ['event', 'rs.ss.Spans.Events.Attrs.Key'],
  ['link', 'rs.ss.Spans.Links.Attrs.Key'],
];

/** Attributes that vparquet3 and vparquet4 keep in columns of their own (`schema.go` there); all versions the first. */
const FIXED_KEYS: readonly AttributeKey[] = [
  { scope: 'resource', key: 'service.name' },
  ...[
    'cluster',
    'namespace',
    'pod',
    'container',
    'k8s.cluster.name',
    'k8s.namespace.name',
    'k8s.pod.name',
    'k8s.container.name',
  ].map((key): AttributeKey => ({ scope: 'resource', key })),
  ...['http.method', 'http.url', 'http.status_code'].map((key): AttributeKey => ({ scope: 'span', key })),
];

const HAS_FIXED_KEYS: Readonly<Record<BlockFormat, boolean>> = {
  vParquet3: true,
  vParquet4: true,
  vParquet5: false,
};

/** The attributes that a block has a column for whether or not some span has them, `service.name` apart. */
export function fixedKeys({ format, dedicatedColumns }: BlockMeta): readonly AttributeKey[] {
  const dedicated = dedicatedColumns.map(({ scope, name }): AttributeKey => ({ scope, key: name }));
  return HAS_FIXED_KEYS[format] ? [...FIXED_KEYS.slice(1), ...dedicated] : dedicated;
}

/**
 * The attributes of a block by scope and key, each once; some may have no value in it. Rejects with a `StorageError` or
 * with what the decoders of `flatten/` throw for a corrupt file.
 */
export async function readAttributeKeys(
  storage: Storage,
  block: BlockMeta,
): Promise<readonly AttributeKey[]> {
  const keys = new Map<string, AttributeKey>();
  const add = (attribute: AttributeKey) => keys.set(`${attribute.scope}\0${attribute.key}`, attribute);
  for (const attribute of FIXED_KEYS) add(attribute);
  for (const attribute of fixedKeys(block)) add(attribute);
  const footer = await fetchFooter(storage, block.dataPath);
  for (const [scope, path] of KEY_COLUMNS) {
    const leaf = footer.leaves.get(path);
    if (!leaf) continue;
    for (const group of footer.rowGroups) {
      const { chunks } = await fetchChunks(storage, block.dataPath, group, [leaf]);
      const bytes = chunks.get(leaf.number);
      const chunk = group.chunks[leaf.number];
      if (bytes && chunk) for (const key of textsOf(readPages(bytes, leaf, chunk))) add({ scope, key });
    }
  }
  return [...keys.values()];
}

async function fetchFooter(storage: Storage, path: string): Promise<Footer> {
  const size = await storage.size(path);
  if (size < 2 * TAIL_BYTES) corrupt('is too short for a parquet file');
  const end = size - TAIL_BYTES;
  const length = footerLength(await storage.readRange(path, end, size), size);
  return readFooter(await storage.readRange(path, end - length, end), size);
}

/** The different values of a column of texts. */
function textsOf(pages: Pages): ReadonlySet<string> {
  const texts = new Set<string>();
  const addAll = (body: Uint8Array, encoding: number, count: number) => {
    const { heap, starts, lengths } = decodeByteArrays(body, encoding, count);
    const buffer = Buffer.from(heap.buffer, heap.byteOffset, heap.length);
    for (let index = 0; index < count; index++) {
      const start = starts[index] ?? 0;
      texts.add(buffer.toString('utf8', start, start + (lengths[index] ?? 0)));
    }
  };
  if (pages.dictionary) addAll(pageBody(pages.dictionary), Encoding.PLAIN, pages.dictionary.entries);
  for (const page of pages.data) {
    // A writer gives up on a dictionary that grows too large in the middle of a column.
    const values = page.entries - page.nulls;
    if (values > 0 && !isDictionaryCoded(page)) addAll(pageBody(page), page.encoding, values);
  }
  return texts;
}
