import { groupName, type RuleSet } from './rules/rule-set.js';
import type { JudgedBefore } from './span-log/judged.js';
import type { OpenTrace } from './traces/open-trace.js';

/**
 * Takes up what processes before have judged of a trace that is read from the log, as if this one had done it: call it each time that spans
 * have been added to it. Returns whether it is closed with the spans that it has now.
 */
export function restoreJudged(trace: OpenTrace, before: JudgedBefore | undefined, rules: RuleSet): boolean {
  if (before === undefined) return false;
  // Spans behind those came late.
  if (before.closedWith !== undefined && trace.spans >= before.closedWith) trace.closedAs ??= before.basis;
  if (trace.spans !== before.spans) return false;
  if (before.basis === 'partial') trace.openedAt = before.at;
  const { closed, groups } = before;
  // A trace that is closed is not judged by rules that are new; until then rules that are others begin from the start.
  const alike = before.rules === rules.key;
  for (const group of rules.closing.keys())
    if (closed || (alike && groups.has(groupName(rules, group)))) trace.judged[group] = trace.generation;
  return closed;
}
