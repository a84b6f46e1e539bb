/** What pages show and what they send back. Both ends import it: the extension, and the script of the pages. */
import type { CountsJson, MetricsJson, SearchJson } from '../../engine/answers/queries.js';
import type { ReplayJson } from '../../engine/answers/replay.js';
import type { TraceJson } from '../../engine/answers/trace.js';
import type { FoundViolation } from '../service/judged.js';

export type ViewData = ResultsData | TraceData | QueryData | MatchesData;

/** What a replay found. */
export interface ResultsData {
  readonly kind: 'results';
  readonly result: ReplayJson;
  /** How it differs from an earlier replay; absent where there is none. */
  readonly compared?: ComparedData | undefined;
}

export interface ComparedData {
  /** `+3 −1 since the replay …`, of all rules. */
  readonly text: string;
  readonly rules: readonly {
    readonly id: string;
    /** `+3 −1`; absent where nothing has changed. */
    readonly change?: string | undefined;
    /** Ids of violations. */
    readonly added: readonly string[];
    readonly gone: readonly Pick<FoundViolation, 'time' | 'clause' | 'where' | 'traces'>[];
  }[];
}

/** A trace, or the traces that the evidence of a violation is in. */
export interface TraceData {
  readonly kind: 'trace';
  readonly traces: readonly TraceJson[];
  readonly violation?: { readonly rule: string; readonly found: FoundViolation } | undefined;
  /** Why spans are marked, by their ids. */
  readonly marks: readonly (readonly [spanId: string, why: string])[];
}

export interface QueryData {
  readonly kind: 'query';
  readonly q: string;
  /** How many traces are listed at most. */
  readonly listed: number;
  readonly search?: SearchJson;
  readonly metrics?: MetricsJson;
  readonly counts?: CountsJson;
}

/** The spans that a pattern matches. */
export interface MatchesData {
  readonly kind: 'matches';
  /** TraceQL. */
  readonly q: string;
  /** RFC 3339. */
  readonly window: { readonly from: string; readonly to: string };
  /** All of them, by name and service. */
  readonly counts: readonly { readonly name: string; readonly service: string; readonly count: number }[];
  /** The newest. */
  readonly search: SearchJson;
  /** How many traces are listed at most. */
  readonly listed: number;
}

export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
}

/** What the user wants. Ids and names are as they were shown: whoever takes them looks them up. */
export type ViewMessage =
  /** A link of the page was followed: `#/traces/…`. */
  | { readonly message: 'follow'; readonly href: string }
  | { readonly message: 'makeTest' | 'openGrafana' | 'copyId' }
  | { readonly message: 'makeRule'; readonly spans: readonly SpanPlace[] }
  | ({
      readonly message: 'addAttribute';
      readonly scope: 'span' | 'resource';
      readonly key: string;
    } & SpanPlace);
