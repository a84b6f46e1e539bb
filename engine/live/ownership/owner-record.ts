/** What replicas agree on about a tenant: one small object, of which each write replaces just the version that was read. */
import { arePieces, areReported, isTime, type Piece, type Reported } from './pieces.js';

/** A rule, as until when its windows were judged depends on it. */
export interface RuleRevision {
  readonly rule: string;
  readonly revision: string;
}

/** Windows up to here have been claimed by some replica. */
export interface ClaimMark extends RuleRevision {
  /** Nanoseconds since the Unix epoch, decimal: the end of the last window. */
  readonly until: string;
  /** What is to be judged once more. */
  readonly pieces?: readonly Piece[];
}

/** Windows that a replica has claimed, and of which it has not said that they are in its outbox. */
export interface OpenClaim extends RuleRevision {
  readonly replica: string;
  /** Nanoseconds since the Unix epoch, decimal: windows that end later are claimed. */
  readonly from: string;
  readonly until: string;
  /** Of what is judged once more: what had been reported of it. */
  readonly reported?: readonly Reported[];
}

export interface OwnerRecord {
  /** Who judges what only one replica may judge; absent where nobody does. */
  readonly owner?: { readonly replica: string; readonly session: string };
  /** Counts writes, so that an owner that lives changes the record. */
  readonly turn: number;
  readonly marks: readonly ClaimMark[];
  readonly claims: readonly OpenClaim[];
}

export const NO_RECORD: OwnerRecord = { turn: 0, marks: [], claims: [] };

export function recordText(record: OwnerRecord): string {
  return `${JSON.stringify({ version: 1, ...record })}\n`;
}

/** Throws where the text is no such record: a newer version wrote it, or it is something else. */
export function recordIn(text: string): OwnerRecord {
  const { version, owner, turn, marks, claims } = JSON.parse(text) as Partial<OwnerRecord> & {
    readonly version?: unknown;
  };
  const isSound =
    version === 1 &&
    Number.isSafeInteger(turn) &&
    (owner === undefined || isTexts(owner, ['replica', 'session'])) &&
    Array.isArray(marks) &&
    marks.every(isMark) &&
    Array.isArray(claims) &&
    claims.every(isClaim);
  if (!isSound) throw new Error('it is no record of an owner, or one of a newer version');
  return { ...(owner === undefined ? {} : { owner }), turn: turn!, marks, claims };
}

function isTexts(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'string')
  );
}

function isMark(mark: ClaimMark): boolean {
  return (
    isTexts(mark, ['rule', 'revision']) &&
    isTime(mark.until) &&
    (mark.pieces === undefined || arePieces(mark.pieces))
  );
}

function isClaim(claim: OpenClaim): boolean {
  return (
    isTexts(claim, ['rule', 'revision', 'replica']) &&
    isTime(claim.from) &&
    isTime(claim.until) &&
    (claim.reported === undefined || areReported(claim.reported))
  );
}

export function isOfRule({ rule, revision }: RuleRevision, other: RuleRevision): boolean {
  return rule === other.rule && revision === other.revision;
}
