/** What the service answers, as far as it is shown. Services of an earlier version leave some of it out. */
import type { InfoJson } from '../../engine/answers/info.js';
import type { HistogramJson, JudgedJson } from '../../engine/answers/judged-rule.js';
import type {
  EvidenceJson,
  OverViolationJson,
  ReplayJson,
  RuleJson,
  ViolationJson,
} from '../../engine/answers/replay.js';
import type { ReplayJobJson } from '../../engine/answers/replay-job.js';

export type Info = Pick<InfoJson, 'version' | 'tenant'>;

export type ReplayState = Pick<ReplayJobJson, 'id' | 'status' | 'progress' | 'error'>;

export interface ReplayResult
  extends Pick<ReplayJson, 'range' | 'partial' | 'traces' | 'spans' | 'bucketSeconds'> {
  readonly blocks: {
    readonly read: number;
    readonly unread: readonly Pick<ReplayJson['blocks']['unread'][number], 'reason'>[];
  };
  readonly rules: readonly RuleResult[];
  readonly overRules: readonly OverRuleResult[];
}

/** What every rule has, of whatever kind. */
export interface CommonResult
  extends Pick<
    JudgedJson,
    | 'id'
    | 'severity'
    | 'summary'
    | 'applicable'
    | 'passed'
    | 'violated'
    | 'first'
    | 'problem'
    | 'histogram'
    | 'violationsLeftOut'
  > {
  /** Absent from a service of an earlier version, as is the next. */
  readonly vacuous?: number;
  readonly clauses?: readonly ClauseFacts[];
}

/** Whether a clause could have failed. */
export type ClauseFacts = Pick<JudgedJson['clauses'][number], 'clause' | 'vacuous' | 'missing' | 'unmatched'>;

export interface RuleResult extends CommonResult, Pick<RuleJson, 'cannotTell' | 'missing'> {
  readonly violations: readonly Violation[];
}

export interface OverRuleResult extends CommonResult {
  readonly violations: readonly OverViolation[];
}

export type Bucket = HistogramJson;

export interface Violation
  extends Pick<
    ViolationJson,
    'id' | 'traceId' | 'time' | 'clause' | 'clauseText' | 'rootService' | 'values'
  > {
  readonly evidence: readonly EvidenceSpan[];
}

export type EvidenceSpan = Omit<EvidenceJson, 'traceId' | 'kind'>;

export interface OverViolation extends Omit<OverViolationJson, 'value'> {
  /** A number or null; shown as text, whatever it is. */
  readonly value: unknown;
}

export interface Explanation {
  readonly id: string;
  readonly decidable: { readonly why: string };
  readonly attributes: readonly {
    readonly scope: string;
    readonly key: string;
    readonly types: readonly string[];
  }[];
  readonly needs: { readonly spans: readonly string[] };
  readonly plan: { readonly rules: readonly { readonly clauses?: readonly { readonly text?: string }[] }[] };
  readonly sql: Readonly<Record<string, string>>;
}
