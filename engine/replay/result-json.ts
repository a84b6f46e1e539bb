/** The stable JSON form of a replay's result; `engine/replay/result.schema.json` describes it for others. */

import type { BlockProblem } from '../blocks/problem.js';
import { clauseNameAt } from '../language/words/clause-name.js';
import type { RuleList } from '../language/words/rule-kinds.js';
import { KIND_NAMES } from '../otlp/names.js';
import { ofKind } from '../shared/of-kind.js';
import { type JudgedCaseRule, undecidedCases } from '../verdicts/judged-rule.js';
import type { JudgedRun } from '../verdicts/rule-histories.js';
import type { EvidenceSpan, TraceViolation } from '../verdicts/violation.js';
import { type JudgedJson, judgedJson } from './judged-json.js';
import { type OverRuleJson, overRuleJson } from './over/result-json.js';
import { isPartial, type ReplayResult } from './result.js';
import type { StorageRead } from './storage-read.js';
import { timeOrNull, timeText } from './time-json.js';

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
  /** What was asked of a bucket; absent for blocks in a folder. */
  readonly read?: {
    readonly storage: string;
    readonly identity: string | null;
    readonly requests: number;
    readonly retried: number;
    readonly bytes: number;
  };
  readonly traces: number;
  /** Of those traces, each once however often it is stored. */
  readonly spans: number;
  /** Those of them that share their id with another span of their trace: each is judged by itself. */
  readonly spansSharingId: number;
  /** Width of the entries of every `histogram`. */
  readonly bucketSeconds: number;
  readonly rules: readonly RuleJson[];
  /** Rules over many traces. */
  readonly overRules: readonly OverRuleJson[];
}

interface ProblemJson {
  /** Null where the problem is not one block's. */
  readonly id: string | null;
  readonly code: string;
  readonly reason: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface RuleJson extends JudgedJson {
  readonly cannotTell: number;
  /** Of a rule across traces: cases that see beyond the end of the range, and that what is there has not decided. */
  readonly undecided: number;
  /** The earliest of them, up to the run's limit. */
  readonly undecidedCases: readonly UndecidedJson[];
  /**
   * What was missing where a clause could not be told, with the number of cases: attributes, and aggregates of nothing with the
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

interface ViolationJson {
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

interface SpanJson {
  readonly spanId: string;
  readonly name: string;
  readonly service: string | null;
}

interface EvidenceJson extends SpanJson {
  /** That of the violation, but of a rule across traces. */
  readonly traceId: string;
  readonly bound: string | null;
  readonly kind: string;
  readonly start: string;
  readonly durationNs: number;
  /** What the clause compared on this span; null where it was missing. */
  readonly values: Readonly<Record<string, unknown>>;
}

function readJson({
  storage,
  identity,
  lists,
  gets,
  retried,
  bytes,
}: StorageRead): NonNullable<ReplayJson['read']> {
  return { storage, identity: identity ?? null, requests: lists + gets, retried, bytes };
}

export function replayJson(result: ReplayResult): ReplayJson {
  const { tenant, range, blocks, read, traces, spans, spansSharingId, bucketNs, rules } = result;
  return {
    version: 1,
    tenant,
    range: { from: timeOrNull(range.fromNs), to: timeOrNull(range.toNs) },
    partial: isPartial(result),
    blocks: {
      read: blocks.read,
      unread: blocks.unread.map(problemJson),
      warnings: blocks.warnings.map(problemJson),
    },
    ...(read === undefined ? {} : { read: readJson(read) }),
    traces,
    spans,
    spansSharingId,
    bucketSeconds: Number(bucketNs / 1_000_000_000n),
    ...({
      rules: [...ofKind(rules, 'trace'), ...ofKind(rules, 'flow')].map((found) =>
        caseRuleJson(found, result),
      ),
      overRules: ofKind(rules, 'window').map((found) => overRuleJson(found, result)),
    } satisfies Record<RuleList, unknown>),
  };
}

function caseRuleJson(found: JudgedCaseRule, run: JudgedRun): RuleJson {
  const { violationsLeftOut, problem, clauses, first, last, since, differences, histogram, ...counts } =
    judgedJson(found, run);
  const undecided = found.kind === 'flow' ? found.undecidedCases : [];
  return {
    ...counts,
    cannotTell: found.cannotTell,
    undecided: undecidedCases(found),
    undecidedCases: undecided.map(({ key, traceId, time, clause }) => ({
      key: record(key),
      traceId,
      time: timeText(time),
      clause: clauseNameAt(found.rule, clause),
    })),
    clauses,
    missing: record(found.missing),
    first,
    last,
    since,
    differences,
    histogram,
    violations: found.violations.map((violation) => violationJson(found, violation)),
    violationsLeftOut,
    problem,
  };
}

function violationJson({ rule }: JudgedCaseRule, violation: TraceViolation): ViolationJson {
  const { id, traceId, key, time, rootService, evidence, values } = violation;
  const bound = evidence.flatMap((span) => (span.bound === undefined ? [] : [[span.bound, span] as const]));
  return {
    id,
    traceId,
    key: key === undefined ? null : record(key),
    time: timeText(time),
    clause: clauseNameAt(rule, violation.clause),
    clauseText: rule.clauses[violation.clause]?.text ?? '',
    rootService: rootService ?? null,
    binding: bound.length === 0 ? null : record(bound.map(([name, span]) => [name, spanJson(span)])),
    evidence: evidence.map((span) => evidenceJson(span, traceId)),
    values: record(values),
  };
}

function spanJson({ spanId, name, service }: EvidenceSpan): SpanJson {
  return { spanId, name, service: service ?? null };
}

function evidenceJson(span: EvidenceSpan, traceId: string): EvidenceJson {
  return {
    ...spanJson(span),
    traceId: span.traceId ?? traceId,
    bound: span.bound ?? null,
    kind: KIND_NAMES[span.kind] ?? 'unspecified',
    start: timeText(span.start),
    durationNs: Number(span.duration),
    values: record(span.values),
  };
}

function problemJson({ blockId, code, message, startNs, endNs }: BlockProblem): ProblemJson {
  return {
    id: blockId ?? null,
    code,
    reason: message,
    from: timeOrNull(startNs),
    to: timeOrNull(endNs),
  };
}

/** Own properties only, whatever the names: `__proto__` is a name like any other. */
function record<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries(entries);
}
