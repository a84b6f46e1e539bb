/** What the service answers, as far as it is shown; its own description is /betrace/v1/openapi.json. */

export interface ReplayState {
  readonly id: string;
  readonly status: 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly progress: {
    readonly stage: string;
    readonly fraction: number;
    readonly blocks: number;
    readonly totalBlocks: number;
    readonly spans: number;
  };
  readonly error: string | null;
}

export interface ReplayResult {
  readonly range: { readonly from: string | null; readonly to: string | null };
  readonly partial: boolean;
  readonly traces: number;
  readonly spans: number;
  readonly bucketSeconds: number;
  readonly blocks: { readonly read: number; readonly unread: readonly { readonly reason: string }[] };
  readonly rules: readonly RuleResult[];
  readonly overRules: readonly OverRuleResult[];
}

/** What every rule has, of whatever kind. */
export interface CommonResult {
  readonly id: string;
  readonly severity: string;
  readonly summary: string | null;
  readonly applicable: number;
  readonly passed: number;
  /** Cases in which no clause could have failed, for want of data; absent from a service of an earlier version, as is the next. */
  readonly vacuous?: number;
  readonly clauses?: readonly ClauseFacts[];
  readonly violated: number;
  /** Of the first violation, RFC 3339. */
  readonly first: string | null;
  /** Why it was not judged to the end. */
  readonly problem: unknown;
  readonly histogram: readonly Bucket[];
  readonly violationsLeftOut: number;
}

/** Whether a clause could have failed. */
export interface ClauseFacts {
  readonly clause: string;
  readonly vacuous: boolean;
  readonly missing: readonly string[];
  readonly unmatched: readonly string[];
}

export interface RuleResult extends CommonResult {
  readonly cannotTell: number;
  readonly missing: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

export interface OverRuleResult extends CommonResult {
  readonly violations: readonly OverViolation[];
}

export interface Bucket {
  readonly start: string;
  readonly applicable: number;
  readonly violated: number;
  readonly cannotTell: number;
}

export interface Violation {
  readonly id: string;
  readonly traceId: string;
  readonly time: string;
  readonly clause: string;
  readonly clauseText: string;
  readonly rootService: string | null;
  readonly evidence: readonly EvidenceSpan[];
  readonly values: Readonly<Record<string, unknown>>;
}

export interface EvidenceSpan {
  readonly bound: string | null;
  readonly spanId: string;
  readonly name: string;
  readonly service: string | null;
  readonly start: string;
  readonly durationNs: number;
  /** What the clause compared on it, by the text that names it. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface OverViolation {
  readonly id: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly labels: readonly { readonly name: string; readonly value?: unknown }[];
  readonly clause: string;
  readonly clauseText: string;
  readonly value: unknown;
  readonly traces: readonly unknown[];
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

export interface Info {
  readonly version: string;
  readonly tenant: string;
}
