import { clauseName } from '../language/words/clause-name.js';
import type { Plan, RulePlan } from '../plan/plan.js';
import { clauseFacts, isRuleVacuous } from '../plan/vacuity/rule-needs.js';
import { vacuousTexts } from '../plan/vacuity/texts.js';
import type { AttributeColumns } from '../sql/compile/attribute-columns.js';
import { evaluateRules } from '../sql/run/evaluate.js';
import { traceIds } from '../sql/run/trace-ids.js';
import type { TraceVerdicts } from '../sql/run/verdicts-by-trace.js';
import { verdictsByTrace } from '../sql/run/verdicts-by-trace.js';
import type { Store } from '../sql/store/store.js';
import type { MissingNames } from '../verdicts/evaluation.js';
import type { FailedRule } from '../verdicts/rule-problem.js';
import { VERDICT } from '../verdicts/verdict.js';
import type { FoundViolation } from '../verdicts/violation.js';
import { type Given, heldClauses } from './expectation.js';

/** What every rule of a plan gave, trace by trace. */
export interface GivenByTrace {
  /** Undefined where the rule does not apply to the trace. Trace ids are 32 lower-case hex digits. */
  of(rule: string, traceId: string): Given | undefined;
  readonly failed: readonly FailedRule[];
}

const MAX_SHOWN = 100;

/** Judges the `traces` that the relations hold. */
export async function givenByTrace(
  db: Store,
  plan: Plan,
  columns: AttributeColumns,
  traces: number,
): Promise<GivenByTrace> {
  const verdicts = new Map<string, Given>();
  const givenOf = (rule: RulePlan, traceId: string): Given => {
    const key = keyOf(rule.id, traceId);
    const given = verdicts.get(key) ?? { pass: 0, cannotTell: 0, violations: new Map(), found: [] };
    verdicts.set(key, given);
    return given;
  };
  const { rules, failed } = await evaluateRules(db, plan, columns, {
    bucketNs: 1n << 60n,
    limit: MAX_SHOWN * Math.max(traces, 1),
    passesBy: 'trace',
    factsBy: 'trace',
    canSplit: false,
    onVerdicts: async (session, table, rule) => {
      for (const traceVerdicts of await verdictsByTrace(session, table))
        add(givenOf(rule, traceVerdicts.traceId), rule, traceVerdicts);
    },
  });
  for (const { rule, violations } of rules)
    for (const found of violations) givenOf(rule, found.traceId).found.push(shown(rule, found));
  const ids = await traceIds(db);
  for (const { rule, missingByTrace = new Map<bigint, MissingNames>() } of rules)
    for (const [key, names] of missingByTrace) givenOf(rule, ids.get(key) ?? '').wanting = [...names.keys()];
  for (const { rule, facts } of rules)
    for (const [key, ruleFacts] of facts) {
      const given = verdicts.get(keyOf(rule.id, ids.get(key) ?? ''));
      const clauses = clauseFacts(rule.needs, ruleFacts);
      if (given === undefined) continue;
      if (given.pass > 0) given.held = heldClauses(rule.clauses.map(clauseName), clauses);
      if (isRuleVacuous(rule.settings, clauses)) given.vacuous = vacuousTexts(rule, clauses);
    }
  return { of: (rule, traceId) => verdicts.get(keyOf(rule, traceId)), failed };
}

function keyOf(rule: string, traceId: string): string {
  return `${rule}\0${traceId}`;
}

function add(given: Given, rule: RulePlan, { verdict, clause, count }: TraceVerdicts): void {
  if (verdict === VERDICT.pass) given.pass += count;
  else if (verdict === VERDICT.cannotTell) given.cannotTell += count;
  else {
    const name = clauseName(rule.clauses[clause!]!);
    given.violations.set(name, (given.violations.get(name) ?? 0) + count);
  }
}

function shown(rule: RulePlan, found: FoundViolation): Given['found'][number] {
  return { clause: rule.clauses[found.clause]!.text, found };
}
