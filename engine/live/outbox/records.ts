import type { OutboxEntry, OutgoingSpan } from './entry.js';

/** What the log of the outbox holds. */
export type OutboxRecord =
  /** What is known of violations from now on, and spans to be sent. */
  | {
      readonly kind: 'changes';
      readonly entries: readonly OutboxEntry[];
      readonly outgoing: readonly OutgoingSpan[];
    }
  /** Keys of spans that the receiver has taken. */
  | { readonly kind: 'sent'; readonly keys: readonly string[] }
  /** Keys of traces that are over: what was emitted for them need not be known any more. */
  | { readonly kind: 'over'; readonly traces: readonly string[] };

export function encodeRecord(record: OutboxRecord): Uint8Array {
  if (record.kind !== 'changes') return json(record);
  return json({
    kind: record.kind,
    entries: record.entries.map((entry) => ({ ...entry, retraction: base64(entry.retraction) })),
    outgoing: record.outgoing.map((one) => ({ ...one, span: base64(one.span) })),
  });
}

/** A record that the checksum of the log vouches for, so its shape is the one written. */
export function decodeRecord(payload: Uint8Array): OutboxRecord {
  const record = JSON.parse(Buffer.from(payload).toString()) as
    | JsonChanges
    | Exclude<OutboxRecord, { kind: 'changes' }>;
  if (record.kind !== 'changes') return record;
  return {
    kind: 'changes',
    entries: record.entries.map((entry) => ({ ...entry, retraction: bytes(entry.retraction) })),
    outgoing: record.outgoing.map((one) => ({ ...one, span: Buffer.from(one.span, 'base64') })),
  };
}

interface JsonChanges {
  readonly kind: 'changes';
  readonly entries: readonly (Omit<OutboxEntry, 'retraction'> & { readonly retraction?: string })[];
  readonly outgoing: readonly (Omit<OutgoingSpan, 'span'> & { readonly span: string })[];
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function base64(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('base64');
}

function bytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
