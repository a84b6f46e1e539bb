/** Traces from the id `from` (inclusive) to the id `to` (exclusive), 32 lower-case hex digits each; an absent end is open. */
export interface IdRange {
  readonly from?: string;
  readonly to?: string;
}

/** The same as bytes, which is how ids compare. */
export interface IdBounds {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
}

export function idBounds({ from, to }: IdRange): IdBounds {
  return {
    from: from === undefined ? undefined : bytesOf(from),
    to: to === undefined ? undefined : bytesOf(to),
  };
}

function bytesOf(id: string): Uint8Array {
  return new Uint8Array(Buffer.from(id, 'hex'));
}
