import { type EvidenceRecord, rangeOfDay, ruleRecord } from '../../engine/evidence/record.js';
import type { ClosedDay, RuleMeta, RuleTally } from './tally-state.js';

const NO_CASES: RuleTally = {
  passed: 0,
  violated: 0,
  cannotTell: 0,
  lateViolated: 0,
  retracted: 0,
  unjudged: 0,
  misdated: 0,
};

/** What a day of a tenant comes to: a record for each rule, in the order of their ids, and the end of the day. */
export function recordsOf(
  closed: ClosedDay,
  metaOf: (rule: string) => RuleMeta | undefined,
  producedAt: string,
): readonly EvidenceRecord[] {
  const { tenant, day, part, downtime } = closed;
  const keys = [...new Set([...closed.inForce, ...Object.keys(closed.rules)])].sort();
  const records = keys.map((key) => {
    const { passed, violated, cannotTell, lateViolated, retracted, unjudged, misdated } =
      closed.rules[key] ?? NO_CASES;
    const [id = key, revision = ''] = key.split(' ');
    const { severity, summary, controls } = metaOf(key) ?? { severity: '', summary: null, controls: [] };
    return ruleRecord({
      ...{ tenant, rule: { id, revision, severity, summary }, controls, day, part },
      ...{ passed, violated, cannotTell, late: { violated: lateViolated, retracted } },
      completeness: {
        unreadBlocks: [],
        refusedSpans: closed.refused,
        tooLateSpans: closed.tooLate,
        partialTraces: closed.partial,
        unjudgedTraces: unjudged,
        misdatedCases: misdated,
        downtime,
      },
      source: 'live',
      producedAt,
    });
  });
  const end = {
    ...({
      kind: 'day',
      version: 1,
      tenant,
      day,
      part,
      range: rangeOfDay(day),
      rules: records.length,
    } as const),
    ...({ source: 'live', producedAt } as const),
  };
  return [...records, end];
}
