import type { InvalidSpan, SpanBatch, SpanGroup } from './batch.js';

/** The columns of a batch while they grow. */
export class BatchColumns {
  count = 0;
  own = 0;
  readonly groups: SpanGroup[] = [];
  private readonly invalid = new Map<InvalidSpan, number>();
  private traceIds = new Uint8Array(0);
  private spanIds = new Uint8Array(0);
  private parentIds = new Uint8Array(0);
  private kinds = new Int32Array(0);
  private starts = new BigInt64Array(0);
  private durations = new BigInt64Array(0);
  private from = new Uint32Array(0);
  private to = new Uint32Array(0);
  private groupOf = new Uint32Array(0);

  constructor(private readonly bytes: Uint8Array) {
    // A span with its ids and times takes 60 bytes at least, and real ones about 400.
    this.reserve(Math.max(16, bytes.length >>> 8));
  }

  refuse(reason: InvalidSpan): void {
    this.invalid.set(reason, (this.invalid.get(reason) ?? 0) + 1);
  }

  /** Ids are where they are in the request; `parentAt` is -1 for a root. */
  add(
    ids: { readonly traceAt: number; readonly spanAt: number; readonly parentAt: number },
    span: { readonly from: number; readonly to: number; readonly kind: number },
    start: bigint,
    end: bigint,
  ): void {
    const row = this.count++;
    if (row === this.kinds.length) this.reserve(row * 2);
    const { bytes } = this;
    this.traceIds.set(bytes.subarray(ids.traceAt, ids.traceAt + 16), row * 16);
    this.spanIds.set(bytes.subarray(ids.spanAt, ids.spanAt + 8), row * 8);
    if (ids.parentAt >= 0) this.parentIds.set(bytes.subarray(ids.parentAt, ids.parentAt + 8), row * 8);
    this.kinds[row] = span.kind;
    this.starts[row] = start;
    this.durations[row] = end > start ? end - start : 0n;
    this.from[row] = span.from;
    this.to[row] = span.to;
    this.groupOf[row] = this.groups.length - 1;
  }

  batch(): SpanBatch {
    const { count, bytes, groups, own, invalid } = this;
    return {
      bytes,
      count,
      traceIds: this.traceIds.slice(0, count * 16),
      spanIds: this.spanIds.slice(0, count * 8),
      parentIds: this.parentIds.slice(0, count * 8),
      kinds: this.kinds.slice(0, count),
      starts: this.starts.slice(0, count),
      durations: this.durations.slice(0, count),
      from: this.from.slice(0, count),
      to: this.to.slice(0, count),
      groupOf: this.groupOf.slice(0, count),
      groups,
      refused: { own, invalid },
    };
  }

  private reserve(capacity: number): void {
    this.traceIds = grown(this.traceIds, new Uint8Array(capacity * 16));
    this.spanIds = grown(this.spanIds, new Uint8Array(capacity * 8));
    this.parentIds = grown(this.parentIds, new Uint8Array(capacity * 8));
    this.kinds = grown(this.kinds, new Int32Array(capacity));
    this.starts = grown(this.starts, new BigInt64Array(capacity));
    this.durations = grown(this.durations, new BigInt64Array(capacity));
    this.from = grown(this.from, new Uint32Array(capacity));
    this.to = grown(this.to, new Uint32Array(capacity));
    this.groupOf = grown(this.groupOf, new Uint32Array(capacity));
  }
}

function grown<T extends { set(source: T): void }>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}
