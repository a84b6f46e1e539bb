/** Bodies of answers, held to what was asked for: a proxy that cuts one off, or sends another part, must not pass for the object. */
import { ObjectFailure } from './object-store.js';

interface Range {
  readonly start: number;
  readonly end: number;
}

export function rangeHeader({ start, end }: Range): string {
  return `bytes=${start}-${end - 1}`;
}

export interface Expected {
  /** Of the body, by its header. */
  readonly length: number | undefined;
  /** `bytes 0-99/1234` */
  readonly contentRange: string | null | undefined;
  readonly range: Range | undefined;
  readonly limit: number;
}

/** Reads the body. Rejects with an `ObjectFailure`: `range` for an object that is too short or too long, `busy` for what is not the part that was asked for. */
export async function checkedBody(body: AsyncIterable<Uint8Array>, expected: Expected): Promise<Uint8Array> {
  const { range } = expected;
  const part = range === undefined ? undefined : partOf(expected.contentRange);
  if (part && range && (part.start !== range.start || part.end > range.end))
    throw new ObjectFailure('busy', 'another part came than was asked for');
  if (part && range && part.end < range.end && part.total !== undefined && part.total <= part.end)
    throw new ObjectFailure('range', `ends at byte ${part.total}, expected ${range.end} bytes`);
  // A server that knows no ranges sends the whole: it must at least be no longer than what would be kept.
  const whole = range !== undefined && part === undefined;
  const wanted = range === undefined ? expected.length : range.end - range.start;
  const most = whole ? range.end : Math.min(expected.limit, wanted ?? Number.POSITIVE_INFINITY);
  if (range === undefined && expected.length !== undefined && expected.length > expected.limit)
    throw new ObjectFailure('range', `is longer than ${expected.limit} bytes`);
  const chunks: Uint8Array[] = [];
  let read = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    read += chunk.length;
    if (read > most && !whole) break;
    if (whole && read >= most) break;
  }
  if (whole) {
    if (read < range.end) {
      if (expected.length !== undefined && read < expected.length)
        throw new ObjectFailure('busy', `the answer was cut off after ${read} bytes`);
      throw new ObjectFailure('range', `ends at byte ${read}, expected ${range.end} bytes`);
    }
    return joined(chunks, read).subarray(range.start, range.end);
  }
  if (range === undefined && read > expected.limit)
    throw new ObjectFailure('range', `is longer than ${expected.limit} bytes`);
  if (wanted !== undefined && read !== wanted)
    throw new ObjectFailure('busy', `the answer has ${read} of ${wanted} bytes`);
  return joined(chunks, read);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    all.set(chunk, position);
    position += chunk.length;
  }
  return all;
}

/** `end` is exclusive. */
function partOf(
  text: string | null | undefined,
): { readonly start: number; readonly end: number; readonly total?: number } | undefined {
  const [, start, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? '') ?? [];
  if (start === undefined || last === undefined) return undefined;
  return {
    start: Number(start),
    end: Number(last) + 1,
    ...(total !== undefined && total !== '*' && { total: Number(total) }),
  };
}
