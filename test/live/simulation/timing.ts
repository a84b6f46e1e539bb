/** When verdicts come, and what they are said to rest on. */
import type { LiveSettings } from '../../../engine/live/settings.js';
import type { VerdictBasis } from '../../../engine/live/traces/open-trace.js';
import type { Span } from '../../../engine/otlp/model.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { Evidence } from './evidence.js';
import { type JudgedTrace, keyOf } from './judged.js';

/** A violation when it was reported. */
export interface ReportedViolation {
  /** Id and generation. */
  readonly key: string;
  readonly trace: JudgedTrace;
  readonly rule: RulePlan;
  readonly basis: VerdictBasis;
  /** Virtual milliseconds. */
  readonly at: number;
}

/** A tick, which comes every five seconds in the end, and the quarter of a second that due times are rounded by. */
export const SLACK_MS = 6000;

/** Only where nothing held up the service: then it is known what it knew when it judged. */
export function wrongTimes({
  reported,
  arrivals,
  inForce,
  stops,
  scenario,
  holdUps,
}: Evidence): readonly string[] {
  const faults: string[] = [];
  if (!holdUps.none) return faults;
  const { live } = scenario.constants;
  for (const { key, trace, rule, basis, at } of reported) {
    // Those of flows come when their time has passed.
    if (rule.flow !== undefined) continue;
    // What comes in the step of the verdict may be before it or after.
    const last = arrivals.lastOf(keyOf(trace), at - 1);
    const text = `violation ${key} of ${rule.id} was reported ${at - last} ms after the last span, as ${basis}`;
    const waits = waitOf(rule, basis, live);
    if (waits !== undefined && at - last < waits) faults.push(text);
    const settled = arrivals.lastOf(keyOf(trace), at) < at;
    if (basis === 'complete' && settled && !isWhole(trace.spans))
      faults.push(`${text}, and spans were missing`);
    const from = Math.max(arrivals.lastOf(keyOf(trace), at), inForce.since.get(rule.id) ?? 0);
    const until = from + longestWait(rule, live) + SLACK_MS;
    if (at <= until) continue;
    // What was reported as not judged in time is judged once any rules change, if the trace waits for others still.
    const mostSpans = arrivals.mostOf(keyOf(trace));
    const wasReported = stops.tellOf(keyOf(trace), rule, { from, until, mostSpans });
    const again = inForce.changes.filter((change) => change.at <= at).at(-1)?.at;
    if (!wasReported || again === undefined || at - again > longestWait(rule, live) + SLACK_MS)
      faults.push(text);
  }
  return faults;
}

/** How long the trace must have been quiet; undefined where it need not. */
function waitOf(rule: RulePlan, basis: VerdictBasis, live: LiveSettings): number | undefined {
  const own = ownWait(rule);
  switch (basis) {
    case 'complete':
      return own ?? live.completeAfterMs;
    case 'quiet':
      return own ?? live.quietAfterMs;
    case 'early':
    case 'flow':
    case 'stored':
    case 'partial':
      return undefined;
  }
}

function longestWait(rule: RulePlan, live: LiveSettings): number {
  return ownWait(rule) ?? live.quietAfterMs;
}

function ownWait({ settings }: RulePlan): number | undefined {
  return settings.closesAfterNs === undefined ? undefined : Number(settings.closesAfterNs / 1_000_000n);
}

/** Whether there is a root, and every parent that a span names. */
function isWhole(spans: ReadonlySet<Span>): boolean {
  const ids = new Set([...spans].map(({ spanId }) => spanId));
  const parents = [...spans].map(({ parentSpanId }) => parentSpanId);
  return parents.includes('') && parents.every((parent) => parent === '' || ids.has(parent));
}
