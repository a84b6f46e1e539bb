/** A trace id as a user writes it: hex digits, leading zeros may be left out (`HexStringToTraceID` of Tempo's pkg/util). */
export type TraceIdResult =
  | { readonly kind: 'id'; readonly bytes: Uint8Array; readonly hex: string }
  /** One sentence for whoever asked. */
  | { readonly kind: 'problem'; readonly message: string };

/** The 16 bytes, and 32 lower-case digits. The message names no character of the text: that is foreign. */
export function parseTraceId(text: string): TraceIdResult {
  if (text === '') return { kind: 'problem', message: 'a trace id is missing' };
  const wrong = text.search(/[^0-9a-f]/i);
  if (wrong >= 0) {
    return {
      kind: 'problem',
      message: `trace ids are hex digits: there is something else at position ${wrong + 1}`,
    };
  }
  const significant = text.replace(/^0+/, '');
  if (significant.length > 32) return { kind: 'problem', message: 'trace ids have at most 128 bits' };
  const hex = significant.toLowerCase().padStart(32, '0');
  return { kind: 'id', bytes: new Uint8Array(Buffer.from(hex, 'hex')), hex };
}
