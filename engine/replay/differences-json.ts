import type { ConditionJson, DifferenceCountsJson, DifferencesJson } from '../answers/differences.js';
import type { CaseRole } from '../plan/case-roles.js';
import {
  type ComparedItem,
  type DifferenceCounts,
  liftOf,
  type RuleDifferences,
} from '../verdicts/differences.js';
import { timeOrNull } from './time-json.js';

/** Null where nobody asked, or there was nothing to compare. */
export function differencesJson(differences: RuleDifferences | undefined): DifferencesJson | null {
  if (differences === undefined) return null;
  const { findings, fields, fieldsLeftOut, violated, passed, isSample } = differences;
  return {
    fields,
    fieldsLeftOut,
    violated,
    passed,
    isSample,
    findings: findings.map(({ conditions, counts, chance, echoes, firstSeenNs }) => ({
      conditions: conditions.map(conditionJson),
      ...countsJson(counts),
      certainty: 1 - chance,
      firstSeen: timeOrNull(firstSeenNs),
      echoes: echoes.map((echo) => ({
        condition: conditionJson(echo.condition),
        ...countsJson(echo.counts),
      })),
    })),
  };
}

function conditionJson({ of: { span, field }, operator, value }: ComparedItem): ConditionJson {
  return { span: span.kind, of: nameOf(span), field, operator, value };
}

function nameOf(span: CaseRole): string | null {
  switch (span.kind) {
    case 'bound':
      return span.name;
    case 'matched':
      return span.pattern;
    case 'root':
      return null;
  }
}

function countsJson(counts: DifferenceCounts): DifferenceCountsJson {
  const lift = liftOf(counts);
  return {
    violatedCases: counts.violated,
    passedCases: counts.passed,
    lift: Number.isFinite(lift) ? lift : null,
  };
}
