/** What a file of traces holds, whoever wrote it: requests in JSON or in protobuf, packed or not. */
import { gunzipSync } from 'node:zlib';
import { unzstd } from '../../engine/blocks/unzstd.js';
import { MalformedOtlp } from '../../engine/otlp/malformed.js';
import { messageOf } from '../../engine/shared/message-of.js';

export type TraceRecord =
  | { readonly kind: 'json'; readonly text: string }
  /** An `ExportTraceServiceRequest`, or a `TracesData`, which is the same on the wire. */
  | { readonly kind: 'protobuf'; readonly bytes: Uint8Array };

const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP = [0x1f, 0x8b];

/**
 * JSON in any of the forms that `readTraceJson` reads, one protobuf message, or the Collector's file exporter: JSON a line, or messages with
 * their length before them (four bytes, big-endian), which it writes for protobuf and for everything that it packs. `limit` bounds
 * what is unpacked. Throws `MalformedOtlp`.
 */
export function recordsOf(packed: Uint8Array, limit: number): readonly TraceRecord[] {
  const bytes = unpacked(packed, limit);
  if (isJson(bytes)) return [jsonOf(bytes)];
  const parts = lengthDelimited(bytes);
  if (parts === undefined) {
    if (bytes.length > 0 && bytes[0] !== RESOURCE_SPANS) throw new MalformedOtlp(UNKNOWN);
    return [{ kind: 'protobuf', bytes }];
  }
  let left = limit;
  return parts.map((part) => {
    const whole = unpacked(part, left);
    left -= whole.length;
    return isJson(whole) ? jsonOf(whole) : { kind: 'protobuf', bytes: whole };
  });
}

/** Field 1, of several messages. */
const RESOURCE_SPANS = 0x0a;
const UNKNOWN =
  'this is neither JSON nor protobuf of OTLP, of Jaeger or of Zipkin, nor what the file exporter of the Collector writes';

function unpacked(bytes: Uint8Array, limit: number): Uint8Array {
  try {
    if (startsWith(bytes, ZSTD)) return unzstd(bytes, limit);
    if (startsWith(bytes, GZIP)) return gunzipSync(bytes, { maxOutputLength: Math.max(1, limit) });
  } catch (error) {
    throw new MalformedOtlp(`this cannot be unpacked: ${messageOf(error)}`, { cause: error });
  }
  return bytes;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, position) => bytes[position] === byte);
}

/** After blanks and a byte order mark. */
function isJson(bytes: Uint8Array): boolean {
  const first = bytes.findIndex((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf].includes(byte));
  // A message in protobuf may begin with the bytes of a blank and a bracket: its first byte is the tag of its field.
  if (bytes[0] === RESOURCE_SPANS && first > 0 && !looksLikeText(bytes)) return false;
  return first >= 0 && (bytes[first] === 0x7b || bytes[first] === 0x5b);
}

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, 200)
    .every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

function jsonOf(bytes: Uint8Array): TraceRecord {
  return { kind: 'json', text: new TextDecoder().decode(bytes) };
}

/** The parts, where lengths and bytes come out even. */
function lengthDelimited(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + 4 > bytes.length) return undefined;
    const length = view.getUint32(offset);
    if (length === 0 || offset + 4 + length > bytes.length) return undefined;
    parts.push(bytes.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return parts.length === 0 ? undefined : parts;
}
