/** What was judged over stored blocks and is to be judged there once more: pieces of time, each with the violations that were reported of it. */
import { greatest, least } from '../../shared/least.js';

/** A violation as it can be retracted by whoever has not found it. */
export interface Reported {
  readonly id: string;
  /** Nanoseconds since the Unix epoch, decimal: start and end of a window; of a case its time, and one more. */
  readonly sees: readonly [start: string, end: string];
  /** Of a case: the trace that it is in, 32 hex digits. */
  readonly trace?: string;
}

/** Violations that end after `from`, and at `until` or before: all that were reported of that time. Nanoseconds since the Unix epoch, decimal. */
export interface Piece {
  readonly from: string;
  readonly until: string;
  readonly reported: readonly Reported[];
}

/** Nanoseconds since the Unix epoch; after `from`, up to `until`. */
export interface TimeRange {
  readonly from: bigint;
  readonly until: bigint;
}

/** Of one rule, in one revision. */
const MOST_OF_RULE = 500;
/** Of all rules of a tenant: about 100 bytes each. */
const MOST_OF_TENANT = 2_000;
const MOST_PIECES = 200;

/** How many violations more may be kept. */
export interface Room {
  /** Of the rule; less than 0 where not even none, as it has too many pieces. */
  readonly ofRule: number;
  /** Of all rules of its tenant. */
  readonly ofTenant: number;
}

export function roomFor(own: readonly Piece[], keptOfTenant: number): Room {
  return {
    ofRule: own.length >= MOST_PIECES ? -1 : Math.max(0, MOST_OF_RULE - countOf(own)),
    ofTenant: Math.max(0, MOST_OF_TENANT - keptOfTenant),
  };
}

export function countOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { reported }) => sum + reported.length, 0);
}

export function withoutRange(pieces: readonly Piece[], { from, until }: TimeRange): readonly Piece[] {
  return pieces.flatMap((piece) => {
    const [begin, end] = [BigInt(piece.from), BigInt(piece.until)];
    const rest = [
      { from: begin, until: least([end, from]) },
      { from: greatest([begin, until]), until: end },
    ];
    return rest.filter((range) => range.from < range.until).map((range) => pieceOf(range, piece.reported));
  });
}

/**
 * With all that was reported of a range, in place of what was known of it. Pieces end at multiples of `lengthNs`, so that those of rules that are judged
 * at other times are judged again at once.
 */
export function withRange(
  pieces: readonly Piece[],
  range: TimeRange,
  reported: readonly Reported[],
  lengthNs: bigint,
): readonly Piece[] {
  const added: Piece[] = [];
  for (let from = range.from; from < range.until; ) {
    const until = least([range.until, (from / lengthNs + 1n) * lengthNs]);
    added.push(pieceOf({ from, until }, reported));
    from = until;
  }
  const all = [...withoutRange(pieces, range), ...added].toSorted((a, b) =>
    BigInt(a.from) < BigInt(b.from) ? -1 : 1,
  );
  const joined: Piece[] = [];
  for (const piece of all) {
    const last = joined.at(-1);
    const continues = last?.until === piece.from && BigInt(piece.from) % lengthNs !== 0n;
    if (continues)
      joined.splice(-1, 1, {
        ...{ from: last.from, until: piece.until },
        reported: [...last.reported, ...piece.reported],
      });
    else joined.push(piece);
  }
  return joined;
}

export function overlaps(piece: Piece, { from, until }: TimeRange): boolean {
  return BigInt(piece.from) < until && BigInt(piece.until) > from;
}

export function isIn({ sees: [, end] }: Pick<Reported, 'sees'>, { from, until }: TimeRange): boolean {
  return BigInt(end) > from && BigInt(end) <= until;
}

function pieceOf(range: TimeRange, reported: readonly Reported[]): Piece {
  return {
    ...{ from: `${range.from}`, until: `${range.until}` },
    reported: reported.filter((known) => isIn(known, range)),
  };
}

/** Whether it was read whole. */
export function arePieces(value: unknown): value is readonly Piece[] {
  return Array.isArray(value) && value.every(isPiece);
}

function isPiece(value: unknown): value is Piece {
  const { from, until, reported } = (value ?? {}) as Partial<Record<keyof Piece, unknown>>;
  return isTime(from) && isTime(until) && areReported(reported);
}

export function areReported(value: unknown): value is readonly Reported[] {
  return Array.isArray(value) && value.every(isReported);
}

function isReported(value: unknown): value is Reported {
  const { id, sees, trace } = (value ?? {}) as Partial<Record<keyof Reported, unknown>>;
  const isTrace = trace === undefined || typeof trace === 'string';
  return typeof id === 'string' && Array.isArray(sees) && sees.length === 2 && sees.every(isTime) && isTrace;
}

export function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,19}$/.test(value);
}
