/**
 * The protobuf form of a tenant index (`TenantIndex`, `BlockMeta`, `CompactedBlockMeta` in tempodb/backend/v1/v1.proto),
 * turned into the shape of its JSON form. Only the fields that are used are kept; unknown ones are skipped.
 */
import { formatRfc3339 } from '../meta-time.js';

/** Throws a plain `Error` for bytes that are not a protobuf message of this kind. */
export function decodeTenantIndex(bytes: Uint8Array): Record<string, unknown> {
  const meta: unknown[] = [];
  const compacted: unknown[] = [];
  let createdAt: string | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) createdAt = decodeTimestamp(asBytes(field));
    else if (field.number === 2) meta.push(decodeMeta(asBytes(field)));
    else if (field.number === 3) {
      const embedded = fieldsOf(asBytes(field)).find((inner) => inner.number === 1);
      if (embedded) compacted.push(decodeMeta(asBytes(embedded)));
    }
  }
  return { created_at: createdAt, meta, compacted };
}

function decodeMeta(bytes: Uint8Array): Record<string, unknown> {
  const meta: Record<string, unknown> = {};
  for (const field of fieldsOf(bytes)) {
    switch (field.number) {
      case 1:
        meta.format = decodeText(asBytes(field));
        break;
      case 2:
        meta.blockID = decodeUuid(asBytes(field));
        break;
      case 6:
        meta.startTime = decodeTimestamp(asBytes(field));
        break;
      case 7:
        meta.endTime = decodeTimestamp(asBytes(field));
        break;
      case 8:
        meta.totalObjects = asNumber(field);
        break;
      case 9:
        meta.size = asNumber(field);
        break;
      case 10:
        meta.compactionLevel = asNumber(field);
        break;
      case 13:
        meta.totalRecords = asNumber(field);
        break;
      case 15:
        meta.bloomShards = asNumber(field);
        break;
      case 16:
        meta.footerSize = asNumber(field);
        break;
      case 17: // JSON text inside the message
        meta.dedicatedColumns = JSON.parse(decodeText(asBytes(field))) as unknown;
        break;
      case 18:
        meta.replicationFactor = asNumber(field);
        break;
    }
  }
  return meta;
}

function decodeTimestamp(bytes: Uint8Array): string {
  let seconds = 0n;
  let nanos = 0n;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) seconds = BigInt.asIntN(64, asVarint(field));
    if (field.number === 2) nanos = BigInt.asIntN(64, asVarint(field));
  }
  return formatRfc3339(seconds * 1_000_000_000n + nanos);
}

function decodeUuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Error('a block id does not have 16 bytes');
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

function asBytes(field: Field): Uint8Array {
  if (typeof field.value === 'bigint') throw new Error(`field ${field.number} is not a message`);
  return field.value;
}

function asVarint(field: Field): bigint {
  if (typeof field.value !== 'bigint') throw new Error(`field ${field.number} is not a number`);
  return field.value;
}

function asNumber(field: Field): number {
  return Number(asVarint(field));
}

/** The fields of one message, wire types 0 (varint), 1 and 5 (fixed) and 2 (length-delimited). */
function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[position++];
      if (byte === undefined) throw new Error('the message ends in the middle of a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number is longer than 10 bytes');
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - position) throw new Error('the message ends in the middle of a field');
    const taken = bytes.subarray(position, position + length);
    position += length;
    return taken;
  };
  while (position < bytes.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 0) fields.push({ number, value: varint() });
    else if (wireType === 1) fields.push({ number, value: take(8) });
    else if (wireType === 2) fields.push({ number, value: take(Number(varint())) });
    else if (wireType === 5) fields.push({ number, value: take(4) });
    else throw new Error(`field ${number} has the unknown wire type ${wireType}`);
  }
  return fields;
}
