import { inflateRawSync } from 'node:zlib';

interface ZipEntry {
  readonly name: string;
  readonly compressedBytes: number;
  /** Offset of its local header. */
  readonly localHeader: number;
}

/** The central directory of a zip file: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 */
function entriesOf(zip: Buffer): readonly ZipEntry[] {
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  const entries: ZipEntry[] = [];
  let position = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name = 0, extra = 0, comment = 0] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(position + offset),
    );
    entries.push({
      name: zip.toString('utf8', position + 46, position + 46 + name),
      compressedBytes: zip.readUInt32LE(position + 20),
      localHeader: zip.readUInt32LE(position + 42),
    });
    position += 46 + name + extra + comment;
  }
  return entries;
}

export function namesInZip(zip: Buffer): readonly string[] {
  return entriesOf(zip).map(({ name }) => name);
}

/** A text that is packed by deflate (4.3.7, 4.4.5 of the same). */
export function textInZip(zip: Buffer, file: string): string {
  const entry = entriesOf(zip).find(({ name }) => name === file);
  if (entry === undefined) throw new Error(`${file} is not in the zip file`);
  const { localHeader, compressedBytes } = entry;
  const start = localHeader + 30 + zip.readUInt16LE(localHeader + 26) + zip.readUInt16LE(localHeader + 28);
  return inflateRawSync(zip.subarray(start, start + compressedBytes)).toString('utf8');
}
