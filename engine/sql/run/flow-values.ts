/** The flows that cases of rules across traces are of. */
import { keyNames } from '../../plan/flow-plan.js';
import type { FlowValues } from '../../verdicts/violation.js';
import { flowsOfVerdicts } from '../compile/rule/flow-cases.js';
import { join, type Sql, sql } from '../text/sql.js';
import type { Judged } from './judged.js';

/** What `flow` is in a table of flows, and the key's values that it stands for. */
interface FlowOfCase {
  readonly flow: string;
  readonly key: FlowValues;
}

/** By `rule id`, the key's values of the flows of cases in `verdicts`, a table with the columns of the one of that name. */
export async function flowValues(
  { db, ...judged }: Judged,
  rules: readonly number[],
  verdicts: Sql,
): Promise<ReadonlyMap<string, FlowOfCase>> {
  const values = new Map<string, FlowOfCase>();
  for (const { ruleIndex, names, cases } of flowsOf(judged, rules, verdicts))
    for (const [id, flow] of (await db.rows(cases)) as [bigint, string][]) {
      const parts = JSON.parse(flow) as readonly unknown[];
      values.set(`${ruleIndex} ${id}`, {
        flow,
        key: new Map(names.map((name, position) => [name, parts[position]])),
      });
    }
  return values;
}

/** SELECTs the `row` of every span of these flows. */
export function rowsOfFlows(
  judged: Pick<Judged, 'plan' | 'relations'>,
  rules: readonly number[],
  verdicts: Sql,
): Sql {
  const selects = flowsOf(judged, rules, verdicts).map(
    ({ spans, cases }) => sql`SELECT row FROM ${spans} WHERE flow IN (SELECT flow FROM (${cases}))`,
  );
  return join(selects, ' UNION ALL ');
}

interface FlowsOfRule {
  /** Index of the rule. */
  readonly ruleIndex: number;
  /** Of the values of its key. */
  readonly names: readonly string[];
  readonly spans: Sql;
  /** SELECTs `id` and `flow` of its cases. */
  readonly cases: Sql;
}

function flowsOf(
  { plan, relations: { flows } }: Pick<Judged, 'plan' | 'relations'>,
  rules: readonly number[],
  verdicts: Sql,
): readonly FlowsOfRule[] {
  return rules.flatMap((ruleIndex) => {
    const rule = plan.rules[ruleIndex]!;
    if (rule.flow === undefined || flows === undefined) return [];
    const spans = flows.spansOf(rule.flow);
    const mine = sql`(SELECT * FROM ${verdicts} WHERE rule = ${ruleIndex})`;
    return [{ ruleIndex, names: keyNames(rule.flow), spans, cases: flowsOfVerdicts(rule, spans, mine) }];
  });
}
