import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { footerLength, readFooter, TAIL_BYTES } from '../../engine/blocks/flatten/footer.js';
import { readPages } from '../../engine/blocks/flatten/pages.js';
import { Codec } from '../../engine/blocks/flatten/parquet-format.js';
import { ThriftReader } from '../../engine/blocks/flatten/thrift-reader.js';

/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const ROOT = process.cwd();

/** The large blocks when they lie beside the repository (or in $BETRACE_SHARED), else the small ones that it carries. */
export function benchBlocks(): { readonly name: string; readonly directory: string } {
  const shared = process.env.BETRACE_SHARED ?? join(ROOT, '..', 'shared');
  const large = join(shared, 'blocks', 'bench-v5');
  if (existsSync(large)) return { name: 'bench-v5', directory: large };
  return { name: 'shop-v5 (bench-v5 is not here)', directory: join(ROOT, 'test/fixtures/blocks/shop-v5') };
}

/**
 * Copies of the blocks whose traces have other ids, in one tenant: as much more data as there are copies.
 *
 * A trace id is 16 plain bytes of an uncompressed column. Only its last byte changes (and the checksums of the pages), so rows stay
 * sorted by id, and the fragments of a trace in two blocks still find each other.
 */
export function multiplyBlocks(directory: string, copies: number, into: string): void {
  const tenant = join(directory, 'blocks', 'single-tenant');
  for (const block of readdirSync(tenant, { withFileTypes: true })) {
    if (!block.isDirectory()) continue;
    const data = readFileSync(join(tenant, block.name, 'data.parquet'));
    const { ids, checksums } = traceIdsOf(data);
    for (let copy = 0; copy < copies; copy++) {
      const name = `${copy.toString(16).padStart(8, '0')}${block.name.slice(8)}`;
      const target = join(into, 'blocks', 'single-tenant', name);
      mkdirSync(target, { recursive: true });
      const meta = JSON.parse(readFileSync(join(tenant, block.name, 'meta.json'), 'utf8')) as object;
      writeFileSync(join(target, 'meta.json'), JSON.stringify({ ...meta, blockID: name }));
      if (copy === 0) {
        cpSync(join(tenant, block.name, 'data.parquet'), join(target, 'data.parquet'));
        continue;
      }
      const changed = Buffer.from(data);
      for (const at of ids) changed[at + 15] = changed[at + 15]! ^ copy;
      for (const { at, start, end } of checksums)
        writeChecksum(changed, at, crc32(changed.subarray(start, end)));
      writeFileSync(join(target, 'data.parquet'), changed);
    }
  }
}

/** The checksum at `at` of the page body from `start` to `end`. */
interface Checksum {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Where the bytes of each trace id are in the file, and the checksums over them. */
function traceIdsOf(data: Buffer): {
  readonly ids: readonly number[];
  readonly checksums: readonly Checksum[];
} {
  const length = footerLength(data.subarray(-TAIL_BYTES), data.length);
  const footer = readFooter(
    data.subarray(data.length - TAIL_BYTES - length, data.length - TAIL_BYTES),
    data.length,
  );
  const leaf = footer.leaves.get('TraceID');
  if (leaf === undefined) throw new Error('a block without trace ids');
  const chunks = footer.rowGroups.map((group) => group.chunks[leaf.number]!);
  // DELTA_LENGTH_BYTE_ARRAY ends each page with the values themselves.
  const ids = chunks.flatMap((chunk) =>
    readPages(data.subarray(chunk.start, chunk.end), leaf, chunk).data.flatMap(({ body, entries, codec }) => {
      if (codec !== Codec.UNCOMPRESSED) throw new Error('compressed trace ids');
      const first = body.byteOffset - data.byteOffset + body.length - entries * 16;
      return Array.from({ length: entries }, (_, n) => first + n * 16);
    }),
  );
  return { ids, checksums: chunks.flatMap(({ start, end }) => checksumsOf(data.subarray(0, end), start)) };
}

function checksumsOf(data: Buffer, first: number): readonly Checksum[] {
  const checksums: Checksum[] = [];
  for (let page = first; page < data.length; ) {
    const header = new ThriftReader(data, page);
    let [at, bytes] = [0, 0];
    for (let id = header.begin(); id !== 0; id = header.next()) {
      if (id === 4) at = header.at;
      if (id === 3) bytes = header.count();
      else header.skip();
    }
    page = header.at + bytes;
    if (at > 0) checksums.push({ at, start: header.at, end: page });
  }
  return checksums;
}

/** Nearly every checksum takes the five bytes of the longest one. */
const CHECKSUM_BYTES = 5;

/** In place of the one that is there: zigzag, as a varint of the same length. */
function writeChecksum(data: Buffer, at: number, checksum: number): void {
  const signed = checksum | 0;
  let rest = ((signed << 1) ^ (signed >> 31)) >>> 0;
  for (let n = 0; n < CHECKSUM_BYTES; n++) {
    const more = n < CHECKSUM_BYTES - 1 ? 0x80 : 0;
    if (data[at + n]! >> 7 !== more >> 7) throw new Error('a checksum that is shorter than most');
    data[at + n] = (rest & 0x7f) | more;
    rest = Math.floor(rest / 128);
  }
}
