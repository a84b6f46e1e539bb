import { UnreadableLog } from '../log/unreadable.js';
import type { LateChange } from '../tally.js';
import type { OutboxEntry, OutgoingSpan } from './entry.js';

/** What the log of the outbox holds. */
export type OutboxRecord =
  /** What is known of violations from now on, and spans to be sent. */
  | {
      readonly kind: 'changes';
      readonly entries: readonly OutboxEntry[];
      readonly outgoing: readonly OutgoingSpan[];
      /** What evidence is to count of it. */
      readonly late?: NumberedChange;
    }
  /** Keys of spans that the receiver has taken. */
  | { readonly kind: 'sent'; readonly keys: readonly string[] }
  /** Keys of traces that are over: what was emitted for them need not be known any more. */
  | { readonly kind: 'over'; readonly traces: readonly string[] };

/** Numbers grow from one to the next, also over processes. */
export interface NumberedChange extends LateChange {
  readonly seq: number;
}

export function encodeRecord(record: OutboxRecord): Uint8Array {
  if (record.kind !== 'changes') return json(record);
  return json({
    kind: record.kind,
    entries: record.entries.map((entry) => ({ ...entry, retraction: base64(entry.retraction) })),
    outgoing: record.outgoing.map((outgoing) => ({ ...outgoing, span: base64(outgoing.span) })),
    ...(record.late === undefined
      ? {}
      : {
          late: {
            ...record.late,
            violated: record.late.violated.map(({ id, time }) => ({ id, time: time.toString() })),
          },
        }),
  });
}

/**
 * The checksum of the log vouches for a record, so its shape is the one written. Throws `UnreadableLog` for one of a kind that this version does
 * not know: what it says must not be passed over.
 */
export function decodeRecord(payload: Uint8Array): OutboxRecord {
  const record = parse(payload);
  switch (record.kind) {
    case 'changes':
      return {
        kind: 'changes',
        entries: record.entries.map((entry) => ({ ...entry, retraction: bytes(entry.retraction) })),
        outgoing: record.outgoing.map((outgoing) => ({
          ...outgoing,
          span: Buffer.from(outgoing.span, 'base64'),
        })),
        ...(record.late === undefined
          ? {}
          : {
              late: {
                ...record.late,
                violated: record.late.violated.map(({ id, time }) => ({ id, time: BigInt(time) })),
              },
            }),
      };
    case 'sent':
    case 'over':
      return record;
    default:
      throw new UnreadableLog(
        'newer',
        `has a record of the kind ${kindOf(record)}, which this version does not know`,
      );
  }
}

function parse(payload: Uint8Array): JsonChanges | Exclude<OutboxRecord, { kind: 'changes' }> {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch (error) {
    throw new UnreadableLog('foreign', 'has records of another log, not of the outbox', undefined, {
      cause: error,
    });
  }
}

function kindOf(record: { readonly kind: never }): string {
  return JSON.stringify((record as { readonly kind: unknown }).kind);
}

interface JsonChanges {
  readonly kind: 'changes';
  readonly entries: readonly (Omit<OutboxEntry, 'retraction'> & { readonly retraction?: string })[];
  readonly outgoing: readonly (Omit<OutgoingSpan, 'span'> & { readonly span: string })[];
  readonly late?: Omit<NumberedChange, 'violated'> & {
    readonly violated: readonly { readonly id: string; readonly time: string }[];
  };
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
