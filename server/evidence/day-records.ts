import {
  type ClauseRecord,
  type EvidenceRecord,
  rangeOfDay,
  ruleRecord,
} from '../../engine/evidence/record.js';
import { clauseFacts, isRuleVacuous, type RuleFacts } from '../../engine/plan/vacuity/rule-needs.js';
import { clauseRecords } from './clause-records.js';
import { type ClosedDay, NO_CASES, type RuleMeta } from './tally-state.js';

/** What is known of the clauses of a rule; nothing where an earlier version has counted. */
function clausesOf(
  { clauses = [], needs, idle = false }: Partial<RuleMeta>,
  facts: RuleFacts | undefined,
): { readonly isVacuous: boolean; readonly clauses: readonly ClauseRecord[] } {
  if (needs === undefined || facts === undefined) return { isVacuous: false, clauses: [] };
  const found = clauseFacts(needs, facts);
  const settings = { idle };
  return { isVacuous: isRuleVacuous(settings, found), clauses: clauseRecords({ clauses, settings }, found) };
}

/** What a day of a tenant comes to: a record for each rule, in the order of their ids, and the end of the day. */
export function recordsOf(
  closed: ClosedDay,
  metaOf: (rule: string) => RuleMeta | undefined,
  producedAt: string,
): readonly EvidenceRecord[] {
  const { tenant, day, part, downtime } = closed;
  const keys = [
    ...new Set([...closed.inForce, ...Object.keys(closed.rules), ...Object.keys(closed.undecided ?? {})]),
  ].sort();
  const { traces = 0, spans = 0 } = closed.seen ?? {};
  const records = keys.map((key) => {
    const { passed, violated, cannotTell, lateViolated, retracted, unjudged, misdated, unseen } = {
      ...NO_CASES,
      ...closed.rules[key],
    };
    const [id = key, revision = ''] = key.split(' ');
    const meta: Omit<RuleMeta, 'id' | 'revision'> = metaOf(key) ?? {
      severity: '',
      summary: null,
      controls: [],
    };
    const { severity, summary, controls, text = '' } = meta;
    const { isVacuous, clauses } = clausesOf(meta, closed.facts?.[key]);
    return ruleRecord({
      tenant,
      rule: { id, revision, severity, summary, text },
      controls,
      day,
      part,
      passed: isVacuous ? 0 : passed,
      vacuous: isVacuous ? passed : 0,
      violated,
      cannotTell,
      undecided: closed.undecided?.[key] ?? 0,
      late: { violated: lateViolated, retracted },
      clauses,
      // What an earlier version counted has none.
      violations: closed.ids?.[key] ?? (violated + lateViolated === 0 ? [] : null),
      looked: { blocks: null, traces, spans },
      completeness: {
        unreadBlocks: [],
        refusedSpans: closed.refused,
        tooLateSpans: closed.tooLate,
        partialTraces: closed.partial,
        unjudgedTraces: unjudged,
        misdatedCases: misdated,
        unseenCases: unseen,
        downtime,
      },
      source: 'live',
      producedAt,
    });
  });
  const end = {
    kind: 'day' as const,
    version: 1 as const,
    tenant,
    day,
    part,
    range: rangeOfDay(day),
    rules: records.length,
    source: 'live' as const,
    producedAt,
  };
  return [...records, end];
}
