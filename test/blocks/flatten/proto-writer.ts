/** Protobuf bytes as vParquet3 holds them: `AnyValue` and `LinkSlice`. */

type Random = (below: number) => number;

function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...out, Number(rest)]);
}

function field(id: number, body: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(body as Uint8Array);
  return Buffer.concat([Uint8Array.of(id * 8 + 2), varint(BigInt(bytes.length)), bytes]);
}

function anyValue(kind: number, value: unknown): Uint8Array {
  if (kind === 0) return field(1, value as string);
  if (kind === 1) return Buffer.concat([Uint8Array.of(24), varint(value as bigint)]);
  if (kind === 2)
    return Buffer.concat([Uint8Array.of(33), new Uint8Array(Float64Array.of(value as number).buffer)]);
  return Uint8Array.of(16, value === true ? 1 : 0);
}

/** A scalar, an array (perhaps empty), or one of the values that rules cannot see. */
export function protoValue(random: Random, scalar: (kind: number) => unknown): Uint8Array {
  const kind = random(4);
  const shape = random(6);
  if (shape === 0) return field(7, Uint8Array.of(1, 2));
  if (shape > 1) return anyValue(kind, scalar(kind));
  const elements = Array.from({ length: random(3) }, () => field(1, anyValue(kind, scalar(kind))));
  return field(5, Buffer.concat(elements));
}

export function protoBytes(
  links: readonly {
    readonly traceId: Uint8Array;
    readonly spanId: Uint8Array;
    readonly keys: readonly string[];
  }[],
  random: Random,
  scalar: (kind: number) => unknown,
): Uint8Array {
  return Buffer.concat(
    links.map(({ traceId, spanId, keys }) =>
      field(
        1,
        Buffer.concat([
          field(1, traceId),
          field(2, spanId),
          ...keys.map((key) =>
            field(4, Buffer.concat([field(1, key), field(2, protoValue(random, scalar))])),
          ),
        ]),
      ),
    ),
  );
}
