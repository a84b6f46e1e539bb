/** What is different about the cases that violate a rule, the strongest first. */
export interface DifferencesJson {
  /** Fields that were compared, and how many more there are that were not. */
  readonly fields: number;
  readonly fieldsLeftOut: number;
  readonly violated: number;
  readonly passed: number;
  /** Whether these are those of some traces only, of very many cases; what is counted is of them. */
  readonly isSample: boolean;
  readonly findings: readonly FindingJson[];
}

interface FindingJson extends DifferenceCountsJson {
  /** One or two: violating cases meet all of them. */
  readonly conditions: readonly ConditionJson[];
  /** How certain it is that chance alone does not give such a difference: 0 to 1. */
  readonly certainty: number;
  /** When the first span started that meets the conditions, whatever rules say of it; null where there always were some, or it was not looked for. */
  readonly firstSeen: string | null;
  /** What goes along with it and explains nothing more. */
  readonly echoes: readonly ({ readonly condition: ConditionJson } & DifferenceCountsJson)[];
}

export interface ConditionJson {
  /** Which span of a case it is about: a bound one, the first one that a pattern matches, or the root of the trace. */
  readonly span: 'bound' | 'matched' | 'root';
  /** The name of the bound span, the pattern; null for the root. */
  readonly of: string | null;
  /** As a filter spells it. */
  readonly field: string;
  /** How the field of the span compares with the value. */
  readonly operator: '=' | '>' | '<';
  /** Null where the field is missing. */
  readonly value: string | null;
}

export interface DifferenceCountsJson {
  /** Cases that have such a span, and those of them that meet the conditions. */
  readonly violatedCases: ShareJson;
  readonly passedCases: ShareJson;
  /** How many times as large the first share is as the second; null where that is 0. */
  readonly lift: number | null;
}

export interface ShareJson {
  readonly meeting: number;
  readonly all: number;
}
