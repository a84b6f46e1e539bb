/** What a rule that might be proposed is made of, and when it is worth it. */
import type { AttributeKey } from '../plan/schema.js';
import type { FlowKey } from '../sql/discover/key-traces.js';
import type { Counted, KeyOfShape, Marked, Pair, SharedKey, Threshold } from '../sql/discover/mine.js';
import type { Under } from '../sql/discover/mine-spans.js';
import { keyText, type LiteralType, type Shape } from './shapes.js';

export interface Proposal {
  /** What the rule says, of a kind of rules: `always-together`. */
  readonly kind: ProposalKind;
  /** Of a rule across traces: its key, and how far it looks. */
  readonly across?: Across;
  /** Lines of the body of the rule. */
  readonly body: readonly string[];
  readonly summary: string;
  /** What the id of the rule is made of, where that is not the summary. */
  readonly called?: string;
  /** Traces in which it applies, about, and those of them that are exceptions. */
  readonly support: Marked;
  readonly exceptions: Marked;
  /** So many break it that it is no invariant: only a divide in the data says that somebody may have meant one. */
  readonly isToLookAt?: boolean;
  /** Of a rule across traces: the traces of a case that keeps it, 32 hex digits each. */
  readonly examples?: readonly string[];
  /** Attributes that it reads; and whether it reads the status of spans. */
  readonly reads: readonly AttributeKey[];
  readonly readsStatus?: boolean;
  /** The two shapes that it is about, where it is about two. */
  readonly between?: readonly [number, number];
  /** How many spans it is about. Of several that say the same, the one with the fewest is reported. */
  readonly weight: number;
}

export interface Across {
  readonly key: FlowKey | 'links';
  /** Nanoseconds. */
  readonly withinNs: bigint;
}

/** The simplest first: of two that find the same traces the first is reported. */
export const PROPOSAL_KINDS = [
  'together',
  'order',
  'under',
  'same-value',
  'once',
  'at-most',
  'present',
  'one-of',
  'longest',
  'above',
  'followed-across',
  'preceded-across',
  'once-across',
  'same-value-across',
  'at-most-across',
  'between-across',
] as const;
export type ProposalKind = (typeof PROPOSAL_KINDS)[number];

export interface Mined {
  readonly shapes: readonly Shape[];
  readonly keys: readonly AttributeKey[];
  readonly traces: ReadonlyMap<number, Marked>;
  readonly pairs: readonly Pair[];
  readonly counts: readonly Counted[];
  readonly keysOf: readonly KeyOfShape[];
  readonly shared: readonly SharedKey[];
  readonly thresholds: readonly Threshold[];
  readonly under: readonly Under[];
  readonly bounded: readonly Bounded[];
  readonly listed: readonly Listed[];
}

/** A rule that more of its traces would violate is no invariant. */
export const MOST_EXCEPTIONS = 0.05;
/** Fewer traces say nothing. */
export const LEAST_SUPPORT = 30;
/** A key with more values says which thing it is about, not which kind. */
export const FEW_VALUES = 20;

export interface Bounded {
  readonly shape: number;
  /** Nanoseconds. */
  readonly limit: number;
  /** Traces in which no span takes longer than the limit. */
  readonly holds: Marked;
}

export interface Listed {
  readonly shape: number;
  readonly key: number;
  readonly type: LiteralType;
  /** The most frequent first. */
  readonly values: readonly string[];
  /** Traces in which every span that has the key has one of them. */
  readonly holds: Marked;
}

export function isInvariant(support: Marked, exceptions: Marked): boolean {
  return support.count >= LEAST_SUPPORT && exceptions.count <= MOST_EXCEPTIONS * support.count;
}

export function readStatus(...shapes: readonly Shape[]): Pick<Proposal, 'readsStatus'> {
  return shapes.some(({ isFailed = false }) => isFailed) ? { readsStatus: true } : {};
}

export function isPlain({ name, where, isFailed = false }: Shape): boolean {
  return name !== undefined && where === undefined && !isFailed;
}

/** The number with the fewest digits that is not less than the one and less than the other, if there is a round one; else the other. */
export function roundBetween(low: number, high: number): number {
  for (let unit = 10 ** Math.ceil(Math.log10(Math.max(Math.abs(high), 1))); unit >= 1; unit /= 10) {
    const round = Math.ceil(low / unit) * unit;
    if (round >= low && round < high) return round;
  }
  return high;
}

/** In words, for a summary. Foreign text. */
export function said({ name, where, isFailed = false }: Shape): string {
  const value = where === undefined ? undefined : `${keyText(where.key)} = ${where.value}`;
  if (name === undefined) return value ?? 'any span';
  const called = isFailed ? `failed ${name}` : name;
  return value === undefined ? called : `${called} with ${value}`;
}
