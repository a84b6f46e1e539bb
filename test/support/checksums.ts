/** Checksums of parquet pages, for tests that change what is in a block: a page that is not what its checksum says is refused. */
import { crc32 } from 'node:zlib';
import {
  type Footer,
  footerLength,
  readFooter,
  TAIL_BYTES,
} from '../../engine/blocks/flatten/parquet/footer.js';
import { ThriftReader } from '../../engine/blocks/flatten/parquet/thrift-reader.js';

/** The checksum at `at` of the page body from `start` to `end`. */
interface Checksum {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

export function footerOf(data: Buffer): Footer {
  const length = footerLength(data.subarray(-TAIL_BYTES), data.length);
  return readFooter(data.subarray(data.length - TAIL_BYTES - length, data.length - TAIL_BYTES), data.length);
}

/** Makes the checksums of the pages of these column chunks, by default of all, what their bytes ask for. */
export function correctChecksums(data: Buffer, chunks = allChunks(data)): void {
  for (const { start, end } of chunks)
    for (const checksum of checksumsOf(data.subarray(0, end), start)) {
      const right = crc32(data.subarray(checksum.start, checksum.end)) | 0;
      if (new ThriftReader(data, checksum.at).integer() !== right) writeChecksum(data, checksum.at, right);
    }
}

interface Chunk {
  readonly start: number;
  readonly end: number;
}

function allChunks(data: Buffer): readonly Chunk[] {
  return footerOf(data).rowGroups.flatMap(({ chunks }) => chunks);
}

function checksumsOf(data: Buffer, first: number): readonly Checksum[] {
  const checksums: Checksum[] = [];
  for (let page = first; page < data.length; ) {
    const header = new ThriftReader(data, page);
    let [position, bytes] = [0, 0];
    for (let id = header.begin(); id !== 0; id = header.next()) {
      if (id === 4) position = header.at;
      if (id === 3) bytes = header.count();
      else header.skip();
    }
    page = header.at + bytes;
    if (position > 0) checksums.push({ at: position, start: header.at, end: page });
  }
  return checksums;
}

/** Nearly every checksum takes the five bytes of the longest one. */
const CHECKSUM_BYTES = 5;

/** In place of the one that is there: zigzag, as a varint of the same length. */
function writeChecksum(data: Buffer, offset: number, checksum: number): void {
  let rest = ((checksum << 1) ^ (checksum >> 31)) >>> 0;
  for (let n = 0; n < CHECKSUM_BYTES; n++) {
    const more = n < CHECKSUM_BYTES - 1 ? 0x80 : 0;
    if (data[offset + n]! >> 7 !== more >> 7) throw new Error('a checksum that is shorter than most');
    data[offset + n] = (rest & 0x7f) | more;
    rest = Math.floor(rest / 128);
  }
}
