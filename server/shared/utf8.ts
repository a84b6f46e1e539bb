/** The bytes of a file that people write, as text. */
import { UsageError } from './usage-error.js';

const BYTE_ORDER_MARK_16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

/**
 * The text without a byte order mark. Throws `UsageError` for bytes that are not UTF-8: read leniently, a name with an
 * accent in it would match nothing, and `fmt --write` would destroy it.
 *
 * @param name what the error calls the file
 */
export function utf8Text(bytes: Uint8Array, name: string): string {
  if (BYTE_ORDER_MARK_16.some(([first, second]) => bytes[0] === first && bytes[1] === second))
    throw new UsageError(`${name} is UTF-16; save it as UTF-8.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${name} is not UTF-8 (line ${lineOfFault(bytes)}); save it as UTF-8.`);
  }
}

/** The first line, from 1, whose bytes are not UTF-8: no character has the byte of a line feed in it. */
function lineOfFault(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}
