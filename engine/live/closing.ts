import type { Plan } from '../plan/plan.js';
import { type ClosingGroup, NO_RULES, type RuleSet } from './rules/rule-set.js';
import type { LiveSettings } from './settings.js';
import { type Basis, isWhole, type OpenTrace } from './traces/open-trace.js';

/** Rules to be judged on a trace now. */
export interface ClosingJob {
  readonly trace: OpenTrace;
  /** Index in `RuleSet.closing`. */
  readonly group: number;
  readonly plan: Plan;
  readonly basis: Basis;
}

/** What is to be done about a trace now, and when to look at it again. */
export interface Outlook {
  readonly jobs: readonly ClosingJob[];
  /** All rules have judged it, and nothing came for as long as late spans are waited for. */
  readonly over: boolean;
  readonly dueAt: number;
}

/** Decides by the time since the last span, and by the time since the first, which rules judge a trace. */
export function outlookOf(trace: OpenTrace, rules: RuleSet, settings: LiveSettings, now: number): Outlook {
  const jobs: ClosingJob[] = [];
  let dueAt = Number.POSITIVE_INFINITY;
  for (const [group, closing] of rules.closing.entries()) {
    if (trace.judged[group] === trace.generation) continue;
    const { basis, at: position } = closingOf(trace, closing, settings, now);
    if (basis === undefined) dueAt = Math.min(dueAt, position);
    else jobs.push(jobOf(trace, group, closing, basis));
  }
  const keptUntil = trace.lastArrival + longestQuiet(rules, settings) + settings.graceMs;
  const settled = jobs.length === 0 && dueAt === Number.POSITIVE_INFINITY;
  return { jobs, over: settled && now >= keptUntil, dueAt: settled ? keptUntil : dueAt };
}

/** Judges whatever of a trace is not judged yet: it has to go. */
export function lastJobs(trace: OpenTrace, rules: RuleSet): readonly ClosingJob[] {
  return rules.closing.flatMap((closing, group) =>
    trace.judged[group] === trace.generation ? [] : [jobOf(trace, group, closing, 'partial')],
  );
}

function jobOf(trace: OpenTrace, group: number, closing: ClosingGroup, basis: Basis): ClosingJob {
  const whole = basis !== 'partial' && isWhole(trace);
  return { trace, group, plan: whole ? closing.plan : (closing.partialPlan ?? NO_RULES), basis };
}

function closingOf(
  trace: OpenTrace,
  { closesAfterMs }: ClosingGroup,
  settings: LiveSettings,
  now: number,
): { readonly basis?: Basis; readonly at: number } {
  const quiet = now - trace.lastArrival;
  const oldAt = trace.openedAt + settings.maxAgeMs + (closesAfterMs ?? 0);
  const wait = closesAfterMs ?? settings.quietAfterMs;
  const soonest = Math.min(closesAfterMs ?? settings.completeAfterMs, wait);
  if (quiet >= soonest && isWhole(trace)) return { basis: 'complete', at: now };
  if (quiet >= wait) return { basis: 'quiet', at: now };
  if (now >= oldAt) return { basis: 'partial', at: now };
  const quietAt = trace.lastArrival + (quiet < soonest ? soonest : wait);
  return { at: Math.min(quietAt, oldAt) };
}

function longestQuiet({ closing }: RuleSet, settings: LiveSettings): number {
  return Math.max(settings.quietAfterMs, ...closing.map(({ closesAfterMs }) => closesAfterMs ?? 0));
}
