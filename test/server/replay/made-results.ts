/** Results put together by hand, for what real blocks do not show. */

import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { planRules } from '../../../engine/plan/lower/lower.js';
import { NO_FACTS } from '../../../engine/plan/vacuity/rule-needs.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import type { JudgedRule, JudgedTraceRule } from '../../../engine/verdicts/judged-rule.js';
import type { TraceViolation } from '../../../engine/verdicts/violation.js';

export const HOUR = 3_600_000_000_000n;
/** 2026-11-20T00:00Z */
export const START = 1_795_132_800_000_000_000n;

export function ruleResult(
  more: Partial<JudgedTraceRule> = {},
  text = 'rule r { when { name = "a" } as a never { name = "b" } }',
): JudgedTraceRule {
  const { rules } = loadWorkspace(new Map([['r.betrace', text]]));
  const [rule] = planRules(rules).rules;
  if (rule === undefined) throw new Error(`not a rule: ${text}`);
  return {
    kind: 'trace',
    rule,
    applicable: 0,
    passed: 0,
    vacuous: 0,
    violated: 0,
    cannotTell: 0,
    facts: NO_FACTS,
    clauses: rule.clauses.map(() => ({ vacuous: false, missing: [], unmatched: [] })),
    buckets: [],
    violations: [],
    missing: new Map(),
    ...more,
  };
}

export function result(rules: readonly JudgedRule[], more: Partial<ReplayResult> = {}): ReplayResult {
  return {
    tenant: 'shop',
    range: { fromNs: START, toNs: START + 24n * HOUR },
    blocks: { read: 1, unread: [], warnings: [] },
    traces: 10,
    spans: 100,
    spansSharingId: 0,
    bucketNs: HOUR,
    rules,
    ...more,
  };
}

/** Violations at these times, one each, with their buckets of an hour. */
export function violatedAt(...times: readonly bigint[]): JudgedTraceRule {
  const buckets = new Map<bigint, number>();
  for (const time of times) buckets.set((time / HOUR) * HOUR, (buckets.get((time / HOUR) * HOUR) ?? 0) + 1);
  const sorted = [...times].sort((a, b) => (a < b ? -1 : 1));
  return ruleResult({
    applicable: times.length,
    violated: times.length,
    first: sorted[0]!,
    last: sorted.at(-1)!,
    buckets: [...buckets].map(([start, violated]) => ({ start, passed: 0, violated, cannotTell: 0 })),
    violations: sorted.map((time) => violation({ time })),
  });
}

function violation(more: Partial<TraceViolation>): TraceViolation {
  return {
    id: '0'.repeat(32),
    traceId: 'ab'.repeat(16),
    time: START,
    clause: 0,
    evidence: [],
    values: new Map(),
    ...more,
  };
}

const EVIL = "evil\u001b]0;owned\u0007\r\n\u202e=cmd|'x'!A1,\"`<script>";

/** Every text that comes from spans, blocks or the storage tries to be more than text. */
export function hostileResult(): ReplayResult {
  const span = {
    spanId: '00f067aa0ba902b7',
    kind: 9,
    sharesKind: false,
    name: EVIL,
    service: EVIL,
    start: START,
    duration: 5n,
    values: new Map([[EVIL, EVIL]]),
  };
  const found = violation({
    rootService: EVIL,
    evidence: [{ ...span, bound: '__proto__' }, span],
    values: new Map<string, unknown>([
      ['toString', EVIL],
      [EVIL, [EVIL, 1.5, null]],
    ]),
  });
  const rule = ruleResult({
    applicable: 2,
    violated: 1,
    cannotTell: 1,
    first: START,
    last: START,
    buckets: [{ start: START, passed: 0, violated: 1, cannotTell: 1 }],
    violations: [found],
    missing: new Map([[EVIL, 1]]),
  });
  const problem = { code: 'BT4010', tenant: EVIL, message: EVIL } as const;
  return result([rule], {
    tenant: EVIL,
    blocks: {
      read: 1,
      unread: [{ ...problem, severity: 'error', blockId: 'ae53a334-9a73-4679-8117-0956f9c2bce4' }],
      warnings: [{ ...problem, severity: 'warning' }],
    },
  });
}
