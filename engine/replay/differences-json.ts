import type { CaseRole } from '../plan/case-roles.js';
import {
  type ComparedItem,
  type DifferenceCounts,
  liftOf,
  type RuleDifferences,
} from '../verdicts/differences.js';

/** What is different about the cases that violate a rule, the strongest first. */
export interface DifferencesJson {
  /** Fields that were compared, and how many more there are that were not. */
  readonly fields: number;
  readonly fieldsLeftOut: number;
  readonly violated: number;
  readonly passed: number;
  readonly findings: readonly FindingJson[];
}

interface FindingJson extends CountsJson {
  /** One or two: violating cases meet all of them. */
  readonly conditions: readonly ConditionJson[];
  /** How certain it is that chance alone does not give such a difference: 0 to 1. */
  readonly certainty: number;
  /** What goes along with it and explains nothing more. */
  readonly echoes: readonly ({ readonly condition: ConditionJson } & CountsJson)[];
}

interface ConditionJson {
  /** Which span of a case it is about: a bound one, the first one that a pattern matches, or the root of the trace. */
  readonly span: CaseRole['kind'];
  /** The name of the bound span, the pattern; null for the root. */
  readonly of: string | null;
  /** As a filter spells it. */
  readonly field: string;
  /** Null where the field is missing. */
  readonly value: string | null;
}

interface CountsJson {
  /** Cases that have such a span, and those of them that meet the conditions. */
  readonly violatedCases: { readonly meeting: number; readonly all: number };
  readonly passedCases: { readonly meeting: number; readonly all: number };
  /** How many times as large the first share is as the second; null where that is 0. */
  readonly lift: number | null;
}

/** Null where nobody asked, or there was nothing to compare. */
export function differencesJson(differences: RuleDifferences | undefined): DifferencesJson | null {
  if (differences === undefined) return null;
  const { findings, fields, fieldsLeftOut, violated, passed } = differences;
  return {
    fields,
    fieldsLeftOut,
    violated,
    passed,
    findings: findings.map(({ conditions, counts, chance, echoes }) => ({
      conditions: conditions.map(conditionJson),
      ...countsJson(counts),
      certainty: 1 - chance,
      echoes: echoes.map((echo) => ({
        condition: conditionJson(echo.condition),
        ...countsJson(echo.counts),
      })),
    })),
  };
}

function conditionJson({ of: { span, field }, value }: ComparedItem): ConditionJson {
  return { span: span.kind, of: nameOf(span), field, value };
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

function countsJson(counts: DifferenceCounts): CountsJson {
  const lift = liftOf(counts);
  return {
    violatedCases: counts.violated,
    passedCases: counts.passed,
    lift: Number.isFinite(lift) ? lift : null,
  };
}
