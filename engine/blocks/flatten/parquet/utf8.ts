/**
 * DuckDB refuses a whole file for one text that is not UTF-8, and Tempo stores what it is sent. So texts are checked here,
 * and what is wrong in them becomes U+FFFD.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { type ByteArrays, decodeByteArrays } from './byte-arrays.js';
import { decodeDelta32 } from './delta.js';
import { IntScratch } from './growable.js';
import { isDictionaryCoded, type Pages, pageBody } from './pages.js';
import { Encoding } from './parquet-format.js';

const lengthScratch = new IntScratch();

/** The texts themselves when all are UTF-8, else a repaired copy. */
export function repairTexts(texts: ByteArrays): ByteArrays {
  if (areTexts(texts)) return texts;
  const repaired = Array.from({ length: texts.count }, (_, i) => {
    const { heap, starts, lengths } = texts;
    const bytes = Buffer.from(heap.buffer, heap.byteOffset + starts[i]!, lengths[i]!);
    return Buffer.from(bytes.toString('utf8'), 'utf8');
  });
  const lengths = Int32Array.from(repaired, ({ length }) => length);
  const starts = new Int32Array(texts.count);
  for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!;
  return { heap: new Uint8Array(Buffer.concat(repaired)), starts, lengths, count: texts.count };
}

function areTexts({ heap, starts, lengths, count }: ByteArrays): boolean {
  // The whole heap at once, which holds lengths too: enough for short texts in ASCII.
  if (isAscii(heap)) return true;
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    if (!isUtf8(heap.subarray(start, start + lengths[i]!))) return false;
  }
  return true;
}

/** Whether all texts of a column are UTF-8. Throws `CorruptError`, `UnknownShapeError`. */
export function pagesAreTexts(pages: Pages): boolean {
  const { dictionary } = pages;
  if (dictionary && !areTexts(decodeByteArrays(pageBody(dictionary), Encoding.PLAIN, dictionary.entries))) {
    return false;
  }
  for (const page of pages.data) {
    const values = page.entries - page.nulls;
    if (values === 0 || isDictionaryCoded(page)) continue;
    const body = pageBody(page);
    if (page.encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY) {
      const start = decodeDelta32(body, 0, lengthScratch.get(values), 0, values);
      if (isAscii(body.subarray(start))) continue;
    }
    if (!areTexts(decodeByteArrays(body, page.encoding, values))) return false;
  }
  return true;
}
