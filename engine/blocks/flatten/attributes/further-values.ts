/** The values of a key after its first, in rows that carry the key several times: rare, so simple. */
import type { AttributeValue, ScalarValue } from '../../../otlp/model.js';
import type { ScalarValue as ProtoScalar } from '../proto.js';
import { type AnyStore, BoolStore, StringStore } from '../rows/stores.js';

/** By row, which ascend; none is empty. */
export type FurtherValues = ReadonlyMap<number, readonly AttributeValue[]>;

export class GatheredValues {
  private readonly byRow = new Map<number, AttributeValue[]>();

  add(row: number, ...values: readonly AttributeValue[]): void {
    const known = this.byRow.get(row);
    if (known) known.push(...values);
    else this.byRow.set(row, [...values]);
  }

  addAll(values: FurtherValues | undefined): void {
    for (const [row, some] of values ?? []) this.add(row, ...some);
  }

  /** Undefined where there are none. */
  values(): FurtherValues | undefined {
    return this.byRow.size === 0 ? undefined : new Map([...this.byRow].sort(([a], [b]) => a - b));
  }
}

/** The value number `position` of a store, or the list of `length` values from there. */
export function valueIn(store: AnyStore, position: number, length: number | undefined): AttributeValue {
  if (length === undefined) return scalarIn(store, position);
  return Array.from({ length }, (_, n) => scalarIn(store, position + n));
}

function scalarIn(store: AnyStore, position: number): ScalarValue {
  if (store instanceof StringStore) return textOf(store.pool.bytes(store.codes.array[position]!));
  if (store instanceof BoolStore) return store.bits.array[position] === 1;
  const { buffer } = store.halves.array.slice(2 * position, 2 * position + 2);
  return store.kind === 'i' ? new BigInt64Array(buffer)[0]! : new Float64Array(buffer)[0]!;
}

/** A value that is in protobuf. */
export function plainScalar(scalar: ProtoScalar): ScalarValue {
  return scalar.kind === 's' ? textOf(scalar.value) : scalar.value;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
