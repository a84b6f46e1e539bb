/** The JSON of a replay's result, which the command line prints and the service answers. */
import { RULE_LISTS, type RuleList } from '../language/words/rule-kinds.js';
import type { JudgedJson } from './judged-rule.js';

/** Fields may be added; those that are here stay. Times are RFC 3339 in UTC with nine digits after the second. */
export interface ReplayJson {
  readonly version: 1;
  readonly tenant: string;
  /** What was asked for; an open end is that of the traces found (`to` exclusive), null if there are none. */
  readonly range: { readonly from: string | null; readonly to: string | null };
  /** Some block was not read, or some rule not judged to the end: the counts are of the rest. */
  readonly partial: boolean;
  readonly blocks: {
    readonly read: number;
    readonly unread: readonly ProblemJson[];
    readonly warnings: readonly ProblemJson[];
  };
  /** Requests to a bucket and bytes read; absent for blocks in a folder. */
  readonly read?: {
    readonly storage: string;
    readonly identity: string | null;
    readonly requests: number;
    readonly retried: number;
    readonly bytes: number;
  };
  readonly traces: number;
  /** Of those traces, each once however often it is stored; of traces of a bucket that were not read whole, as often as it is stored. */
  readonly spans: number;
  /** Those of them that share their id with another span of their trace, as far as traces were read whole: each is judged by itself. */
  readonly spansSharingId: number;
  /** Width of the entries of every `histogram`. */
  readonly bucketSeconds: number;
  readonly rules: readonly CaseRuleJson[];
  /** Rules over many traces. */
  readonly overRules: readonly WindowRuleJson[];
}

/** What a replay found of a rule, of whatever kind. */
export type RuleJson = CaseRuleJson | WindowRuleJson;

/** Those of a replay, one list after the other. */
export function rulesIn(replay: Pick<ReplayJson, RuleList>): readonly RuleJson[] {
  return [...new Set(Object.values(RULE_LISTS))].flatMap((list): readonly RuleJson[] => replay[list]);
}

export function isWindowRule(rule: RuleJson): rule is WindowRuleJson {
  return 'windowSeconds' in rule;
}

export interface ProblemJson {
  /** Null where the problem is not one block's. */
  readonly id: string | null;
  readonly code: string;
  readonly reason: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** A rule whose cases are found in traces, alone or across them. */
export interface CaseRuleJson extends JudgedJson {
  readonly cannotTell: number;
  /** Of a rule across traces: cases that see beyond the end of the range, and that what is there has not decided. */
  readonly undecided: number;
  /** The earliest of them, up to the run's limit. */
  readonly undecidedCases: readonly UndecidedJson[];
  /**
   * What was missing where a clause could not be determined, with the number of cases: attributes, and aggregates of nothing with the
   * pattern that nothing matched; with the clause, where the rule has several.
   */
  readonly missing: Readonly<Record<string, number>>;
  /** The earliest, up to the run's limit. */
  readonly violations: readonly ViolationJson[];
}

/** The values of a flow's key: `{"span.order.id": "o-1"}`. */
type KeyJson = Readonly<Record<string, unknown>>;

interface UndecidedJson {
  readonly key: KeyJson;
  readonly traceId: string;
  readonly time: string;
  /** The first clause that is open. */
  readonly clause: string;
}

export interface ViolationJson {
  readonly id: string;
  readonly traceId: string;
  /** Of a rule across traces; null for any other. */
  readonly key: KeyJson | null;
  readonly time: string;
  readonly clause: string;
  readonly clauseText: string;
  readonly rootService: string | null;
  /** The bound spans by the names that `when … as` gave them; null for a rule that binds none. */
  readonly binding: Readonly<Record<string, SpanJson>> | null;
  /** Bound spans first, then those that a test matched. */
  readonly evidence: readonly EvidenceJson[];
  readonly values: Readonly<Record<string, unknown>>;
}

export interface SpanJson {
  readonly spanId: string;
  readonly name: string;
  readonly service: string | null;
}

export interface EvidenceJson extends SpanJson {
  /** That of the violation, but of a rule across traces. */
  readonly traceId: string;
  readonly bound: string | null;
  readonly kind: string;
  readonly start: string;
  readonly durationNs: number;
  /** What the clause compared on this span; null where it was missing. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A rule over many traces: its cases are the windows of each series. */
export interface WindowRuleJson extends JudgedJson {
  readonly windowSeconds: number;
  /** From the start of one window to that of the next; less than `windowSeconds` where windows overlap. */
  readonly everySeconds: number;
  /** The windows that were judged. */
  readonly windows: { readonly count: number; readonly from: string | null; readonly to: string | null };
  /** Windows that were not judged: `count` has all of them, `runs` those that follow each other, at most 100. */
  readonly windowsNotJudged: { readonly count: number; readonly runs: readonly UnjudgedJson[] };
  readonly series: number;
  /** The earliest, up to the run's limit. */
  readonly violations: readonly WindowViolationJson[];
}

interface UnjudgedJson {
  /** `range`: the range of the replay holds only a part of each; `series`: each has more series than a window may have. */
  readonly reason: 'range' | 'series' | 'prior';
  readonly count: number;
  /** Start of the first, end of the last. */
  readonly from: string;
  readonly to: string;
}

export interface WindowViolationJson {
  readonly id: string;
  readonly window: { readonly from: string; readonly to: string };
  /** The labels of the series, in the order of `by`. */
  readonly labels: readonly { readonly name: string; readonly value: unknown }[];
  readonly clause: string;
  readonly clauseText: string;
  /** What was compared; null where JSON has no such number. */
  readonly value: number | null;
  /** Some of the traces that the value came from. */
  readonly traces: readonly string[];
}
