/** Evidence put together by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Link, linkText, nextLink } from '../../engine/evidence/chain.js';
import type { SigningKey } from '../../engine/evidence/keys.js';
import {
  dayAfter,
  dayOf,
  type EvidenceRecord,
  NOTHING_MISSING,
  type RuleDay,
  rangeOfDay,
  ruleRecord,
} from '../../engine/evidence/record.js';
import { EVIDENCE_FOLDER, fileName, folderOf } from '../../server/evidence/chain-files.js';

/** What a browser must not take for more than text. */
export const EVIL = '</pre><script>alert(1)</script><img src="https://x.example/x">\u202e';

/** A day of the rule `r`, which is evidence for SOC2:CC6.1. */
export function ruleDay(day: string, more: Partial<RuleDay> = {}): RuleDay {
  return {
    tenant: 'shop',
    rule: {
      id: 'r',
      revision: '0'.repeat(16),
      severity: 'high',
      summary: EVIL,
      text: `rule r {\n  ${EVIL}\n}`,
    },
    controls: ['SOC2:CC6.1'],
    day,
    part: 1,
    late: { violated: 0, retracted: 0 },
    source: 'replay',
    producedAt: `${day}T00:00:00Z`,
    passed: 0,
    vacuous: 0,
    violated: 0,
    cannotTell: 0,
    clauses: [],
    violations: [],
    looked: { blocks: 1, traces: 10, spans: 100 },
    completeness: NOTHING_MISSING,
    ...more,
  };
}

export function chainOf(records: readonly EvidenceRecord[], key: SigningKey): readonly Link[] {
  const links: Link[] = [];
  for (const record of records) links.push(nextLink(links.at(-1), record, key));
  return links;
}

/** Writes the chain of a tenant as a service would have: the rule was violated the day before yesterday, and kept yesterday. */
export function writeChain(stateDirectory: string, tenant: string, key: SigningKey): void {
  const yesterday = dayAfter(dayOf(Date.now()), -1);
  const days = [
    ruleDay(dayAfter(yesterday, -1), { tenant, passed: 4, violated: 1, violations: ['a'.repeat(32)] }),
    ruleDay(yesterday, { tenant, passed: 5 }),
  ];
  const records = days.flatMap((ruleOfDay): readonly EvidenceRecord[] => {
    const { day, part, source, producedAt } = ruleOfDay;
    const range = rangeOfDay(day);
    return [
      ruleRecord(ruleOfDay),
      { kind: 'day', version: 1, tenant, day, part, range, rules: 1, source, producedAt },
    ];
  });
  const folder = join(stateDirectory, EVIDENCE_FOLDER, folderOf(tenant));
  mkdirSync(folder, { recursive: true });
  const lines = chainOf(records, key).map((link) => `${linkText(link)}\n`);
  writeFileSync(join(folder, fileName(1)), lines.join(''));
}
