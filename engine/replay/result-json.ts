/** The stable JSON form of a replay's result; `engine/replay/result.schema.json` describes it for others. */

import type {
  CaseRuleJson,
  EvidenceJson,
  ProblemJson,
  ReplayJson,
  SpanJson,
  ViolationJson,
} from '../answers/replay.js';
import type { BlockProblem } from '../blocks/problem.js';
import { clauseNameAt } from '../language/words/clause-name.js';
import { inList, type RuleList } from '../language/words/rule-kinds.js';
import { KIND_NAMES } from '../otlp/names.js';
import { type JudgedCaseRule, undecidedCases } from '../verdicts/judged-rule.js';
import type { JudgedRun } from '../verdicts/rule-histories.js';
import type { EvidenceSpan, TraceViolation } from '../verdicts/violation.js';
import { judgedJson } from './judged-json.js';
import { windowRuleJson } from './over/result-json.js';
import { isPartial, type ReplayResult } from './result.js';
import type { StorageRead } from './storage-read.js';
import { timeOrNull, timeText } from './time-json.js';

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
      rules: inList(rules, 'rules').map((found) => caseRuleJson(found, result)),
      overRules: inList(rules, 'overRules').map((found) => windowRuleJson(found, result)),
    } satisfies Record<RuleList, unknown>),
  };
}

function caseRuleJson(found: JudgedCaseRule, run: JudgedRun): CaseRuleJson {
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
