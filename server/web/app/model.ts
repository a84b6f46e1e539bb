/** What the page reads of the service's answers; `GET /betrace/v1/openapi.json` and `result.schema.json` describe them whole. */

export interface Info {
  readonly version: string;
  readonly tenant: string;
  readonly storage: {
    readonly problem: string | null;
    readonly blocks: number;
    readonly unread: number;
    readonly bytes: number;
    readonly from: string | null;
    readonly to: string | null;
  };
}

export interface RuleInForce {
  readonly id: string;
  readonly text: string;
  readonly path: string | null;
  readonly line: number;
  readonly stale: boolean;
  readonly settings: {
    readonly severity: Severity;
    readonly summary: string | null;
    readonly description: string | null;
    readonly owner: string | null;
    readonly runbook: string | null;
    readonly enabled: boolean;
  };
  readonly lastReplay: LastReplay | null;
  readonly live: LiveCounts | null;
}

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export interface LastReplay {
  readonly replay: string;
  readonly ended: string;
  readonly applicable: number;
  readonly vacuous: number;
  readonly violated: number;
  readonly cannotTell: number;
  readonly cannotTellWhy: readonly string[];
  readonly unmatched: readonly string[];
  readonly vacuousClauses: readonly string[];
  readonly partial: boolean;
}

export interface LiveCounts {
  readonly applicable: number;
  readonly violated: number;
  readonly retracted: number;
  readonly tooLarge: number;
  readonly whileStopped: number;
  /** Of a rule across traces: cases that could not be told, as spans of them are not there. */
  readonly unseen: number;
  readonly cannotTell: number;
  readonly cannotTellWhy: readonly string[];
  readonly vacuousToday: number;
  readonly vacuousClauses: readonly string[];
  readonly stopped: string | null;
}

export interface RuleList {
  readonly rules: readonly RuleInForce[];
  readonly files: readonly {
    readonly path: string;
    readonly state: 'current' | 'stale' | 'partial';
    readonly diagnostics: readonly {
      readonly code: string;
      readonly severity: string;
      readonly message: string;
    }[];
  }[];
  readonly problem: string | null;
}

export interface ReplayJob {
  readonly id: string;
  readonly status: 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
    readonly spans: number;
  } | null;
  readonly error: string | null;
  readonly created: string;
  readonly ended: string | null;
}

export interface ReplayResult {
  readonly range: { readonly from: string | null; readonly to: string | null };
  readonly partial: boolean;
  readonly traces: number;
  readonly spans: number;
  readonly bucketSeconds: number;
  readonly rules: readonly TraceRuleResult[];
  readonly overRules: readonly OverRuleResult[];
}

/** What a replay found of a rule. */
export type RuleResult = TraceRuleResult | OverRuleResult;

interface AnyRuleResult {
  readonly id: string;
  readonly applicable: number;
  readonly violated: number;
  readonly histogram: readonly Bucket[];
  readonly since: { readonly changes: readonly RateChange[]; readonly parts: readonly RatePart[] } | null;
  readonly problem: { readonly code: string; readonly reason: string } | null;
  readonly differences?: Differences | null;
}

/** What is different about the cases that violate a rule, the strongest first. */
export interface Differences {
  readonly fields: number;
  readonly fieldsLeftOut: number;
  readonly findings: readonly (Difference & {
    readonly conditions: readonly Condition[];
    readonly certainty: number;
    readonly echoes: readonly (Difference & { readonly condition: Condition })[];
  })[];
}

interface Difference {
  readonly violatedCases: Share;
  readonly passedCases: Share;
  readonly lift: number | null;
}

export interface Share {
  readonly meeting: number;
  readonly all: number;
}

export interface Condition {
  readonly span: 'bound' | 'matched' | 'root';
  readonly of: string | null;
  readonly field: string;
  readonly value: string | null;
}

/** Of a rule about traces or flows. */
export interface TraceRuleResult extends AnyRuleResult {
  readonly undecided: number;
  readonly violations: readonly Violation[];
}

/** Of a rule `over` windows of time. */
export interface OverRuleResult extends AnyRuleResult {
  readonly windowSeconds: number;
  readonly windowsNotJudged: { readonly count: number };
  readonly violations: readonly WindowViolation[];
}

export interface WindowViolation {
  readonly id: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly labels: readonly { readonly name: string; readonly value: unknown }[];
  readonly clauseText: string;
  readonly value: number | null;
  readonly traces: readonly string[];
}

export interface Bucket {
  readonly start: string;
  readonly applicable: number;
  readonly violated: number;
  readonly cannotTell: number;
}

interface RatePart {
  readonly from: string;
  readonly to: string;
  readonly applicable: number;
  readonly violated: number;
}

interface RateChange {
  readonly earliest: string;
  readonly at: string;
  readonly latest: string;
}

export interface Violation {
  readonly id: string;
  readonly traceId: string;
  readonly key: Readonly<Record<string, unknown>> | null;
  readonly time: string;
  readonly clause: string;
  readonly clauseText: string;
  readonly rootService: string | null;
  readonly evidence: readonly Evidence[];
  readonly values: Readonly<Record<string, unknown>>;
}

interface Evidence {
  readonly spanId: string;
  readonly traceId: string;
  readonly name: string;
  readonly service: string | null;
  readonly bound: string | null;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A trace in OTLP's JSON. */
export interface Trace {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: number | string; readonly message?: string };
}

export interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
