import protobuf from 'protobufjs/minimal.js';
import { type Field, isZero, type Message, type ScalarType } from './message.js';
import { DELIMITED, tag, wireType } from './wire-type.js';

/** The protobuf wire form of `value`. */
export function encodeMessage<T>(type: Message<T>, value: T): Uint8Array {
  const writer = protobuf.Writer.create();
  writeMessage(writer, type, value);
  return writer.finish();
}

function writeMessage(writer: protobuf.Writer, type: Message, value: unknown): void {
  const record = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of type.fields) {
    const member = record[name];
    if (member === undefined || (!field.oneof && isZero(member))) continue;
    if (!field.repeated) writeField(writer, field, member);
    else for (const item of member as readonly unknown[]) writeField(writer, field, item);
  }
}

function writeField(writer: protobuf.Writer, { number, type }: Field, value: unknown): void {
  switch (type.kind) {
    case 'scalar':
      writer.uint32(tag(number, wireType(type)));
      writeScalar(writer, type.scalar, value);
      return;
    case 'enum':
      writer.uint32(tag(number, wireType(type))).uint32(value as number);
      return;
    case 'message':
      writer.uint32(tag(number, DELIMITED)).fork();
      writeMessage(writer, type.message(), value);
      writer.ldelim();
      return;
    case 'map':
      for (const [key, item] of value as ReadonlyMap<string, unknown>) {
        writer.uint32(tag(number, DELIMITED)).fork();
        writer.uint32(tag(1, DELIMITED)).string(key);
        writer.uint32(tag(2, DELIMITED)).fork();
        writeMessage(writer, type.message(), item);
        writer.ldelim().ldelim();
      }
      return;
  }
}

function writeScalar(writer: protobuf.Writer, type: ScalarType, value: unknown): void {
  switch (type) {
    case 'string':
      writer.string(value as string);
      return;
    case 'bytes':
      writer.bytes(value as Uint8Array);
      return;
    case 'bool':
      writer.bool(value as boolean);
      return;
    case 'uint32':
      writer.uint32(value as number);
      return;
    case 'fixed32':
      writer.fixed32(value as number);
      return;
    case 'double':
      writer.double(value as number);
      return;
    case 'uint64':
    case 'int64':
      writer.uint64(halves(value as bigint));
      return;
    case 'fixed64':
      writer.fixed64(halves(value as bigint));
      return;
  }
}

/** What protobufjs takes for 64 bits without the `long` package; two's complement makes signed and unsigned one. */
function halves(value: bigint): protobuf.Long {
  const bits = BigInt.asUintN(64, value);
  const low = Number(bits & 0xffffffffn) | 0;
  const high = Number(bits >> 32n) | 0;
  return { low, high, unsigned: true } as protobuf.Long;
}
