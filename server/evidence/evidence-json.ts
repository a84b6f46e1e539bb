import type { EvidenceJson, EvidenceRuleJson } from '../../engine/answers/evidence.js';
import type { Link } from '../../engine/evidence/chain.js';
import { byControl, type Period } from '../../engine/evidence/controls.js';
import { findingOfAll, type RuleRecord } from '../../engine/evidence/record.js';
import { ChainDamaged } from './chain-files.js';

export interface AskedEvidence {
  /** Both included. */
  readonly first: string;
  readonly last: string;
  readonly period: Period;
}

/** What the links of a chain say of some days; undefined where none is kept. */
export function evidenceJson(
  kept: readonly Link[] | ChainDamaged | undefined,
  { first, last, period }: AskedEvidence,
): EvidenceJson {
  const links = kept === undefined || kept instanceof ChainDamaged ? [] : kept;
  const records = links.flatMap(({ record }) =>
    record?.kind === 'rule' && record.day >= first && record.day <= last ? [record] : [],
  );
  const head = links.at(-1);
  return {
    ...{ enabled: kept !== undefined, first, last },
    // Where it lies is for the log.
    problem: kept instanceof ChainDamaged ? 'BT5031: the chain is not as it was written' : null,
    head: head === undefined ? null : { seq: head.seq, hash: head.hash, key: head.key },
    controls: byControl(records, period),
    rules: grouped(records, ({ rule }) => `${rule.id} ${rule.revision}`).map(ruleJson),
  };
}

function ruleJson(records: readonly RuleRecord[]): EvidenceRuleJson {
  const [newest] = records.slice(-1) as [RuleRecord];
  const { id, revision, severity, summary, text = null } = newest.rule;
  const total = (countOf: (record: RuleRecord) => number): number =>
    records.reduce((sum, record) => sum + countOf(record), 0);
  return {
    ...{ id, revision, severity, summary, text, controls: newest.controls },
    days: grouped(records, ({ day }) => day).map((ofDay) => ({
      day: ofDay[0]!.day,
      finding: findingOfAll(ofDay),
    })),
    applicable: total(({ applicable }) => applicable),
    violated: total(({ violated, late }) => violated + late.violated),
    violations: records.flatMap(({ day, violations }) =>
      violations === undefined || violations === null || violations.length === 0
        ? []
        : [{ day, ids: violations }],
    ),
  };
}

function grouped(
  records: readonly RuleRecord[],
  keyOf: (record: RuleRecord) => string,
): readonly (readonly RuleRecord[])[] {
  const groups = new Map<string, RuleRecord[]>();
  for (const record of records) groups.set(keyOf(record), [...(groups.get(keyOf(record)) ?? []), record]);
  return [...groups.values()];
}
