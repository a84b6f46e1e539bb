/** Evidence made for tests. */
import { type Head, type Link, nextLink } from '../../engine/evidence/chain.js';
import { exportText } from '../../engine/evidence/export.js';
import { newKey, type SigningKey, signingKey } from '../../engine/evidence/keys.js';
import {
  type EvidenceRecord,
  NOTHING_MISSING,
  type RuleDay,
  rangeOfDay,
  ruleRecord,
} from '../../engine/evidence/record.js';

export function ruleOn(day: string, id: string, counts: Partial<RuleDay> = {}): EvidenceRecord {
  return ruleRecord({
    tenant: 'shop',
    rule: {
      id,
      revision: 'r1',
      severity: 'high',
      summary: null,
      text: `rule ${id} { never { name = "x" } }`,
    },
    controls: ['SOC2:CC6.1'],
    day,
    part: 1,
    passed: 3,
    vacuous: 0,
    violated: 1,
    cannotTell: 0,
    clauses: [],
    violations: null,
    looked: { blocks: null, traces: 4, spans: 40 },
    late: { violated: 0, retracted: 0 },
    completeness: NOTHING_MISSING,
    source: 'live',
    producedAt: `${day}T23:59:59.000Z`,
    ...counts,
  });
}

export function endOf(day: string, rules: number, tenant = 'shop'): EvidenceRecord {
  return {
    kind: 'day',
    version: 1,
    tenant,
    day,
    part: 1,
    range: rangeOfDay(day),
    rules,
    source: 'live',
    producedAt: `${day}T23:59:59.000Z`,
  };
}

export const KEY: SigningKey = signingKey(newKey());
export const OTHER_KEY: SigningKey = signingKey(newKey());

export function chainOf(records: readonly EvidenceRecord[], key = KEY): readonly Link[] {
  const links: Link[] = [];
  let head: Head | undefined;
  for (const record of records) {
    const link = nextLink(head, record, key);
    links.push(link);
    head = link;
  }
  return links;
}

/** Two rules on each of three days. */
export const LINKS = chainOf(
  ['2026-11-19', '2026-11-20', '2026-11-21'].flatMap((day) => [
    ruleOn(day, 'a'),
    ruleOn(day, 'b', { passed: 0, violated: 0 }),
    endOf(day, 2),
  ]),
);

export const DAYS = { first: '2026-11-19', last: '2026-11-21' };

export function fileOf(links: readonly Link[], days = DAYS): string {
  return exportText({ tenant: 'shop', days, links });
}
