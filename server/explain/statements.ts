/** The SQL of a plan with one rule, by what it is for, in the order in which it runs. */

import type { Plan } from '../../engine/plan/plan.js';
import type { AttributeColumns } from '../../engine/sql/compile/attribute-columns.js';
import { traceHitsSql } from '../../engine/sql/compile/condition/hits.js';
import { Ctes } from '../../engine/sql/compile/ctes.js';
import type { Relations } from '../../engine/sql/compile/relations.js';
import { evidenceSql, valuesSql } from '../../engine/sql/compile/rule/evidence.js';
import { partsSql, verdictsSql } from '../../engine/sql/compile/rule/verdicts.js';
import { PredicateColumns } from '../../engine/sql/compile/scan/predicate-columns.js';
import { scanSql } from '../../engine/sql/compile/scan/scan.js';
import { keyedSpans } from '../../engine/sql/flows/flow-keys.js';
import { spanKeysSql } from '../../engine/sql/flows/span-keys.js';
import { shownText } from '../../engine/sql/open-store.js';
import { FLOW_MATCHED, flowSpans, LISTED, MATCHED, MATCHED_LISTED } from '../../engine/sql/tables.js';
import { join, sql } from '../../engine/sql/text/sql.js';

export interface Statement {
  readonly name: 'scan' | 'traces' | 'keys' | 'verdicts' | 'evidence' | 'values';
  readonly purpose: string;
  readonly sql: string;
}

export function statementsOf(plan: Plan, columns: AttributeColumns): readonly Statement[] {
  const rule = plan.rules[0]!;
  const predicates = new PredicateColumns(plan.predicates, columns);
  const { flow } = rule;
  // A rule across traces judges the spans of all units together.
  const relations: Relations =
    flow === undefined
      ? { columns, predicates, matched: MATCHED }
      : { columns, predicates, matched: FLOW_MATCHED, flows: { spansOf: () => flowSpans(0) } };
  const near: Relations = { ...relations, matched: MATCHED_LISTED };
  const traces = traceHitsSql(plan, relations);
  const values = valuesSql(rule, near, LISTED);
  return [
    {
      name: 'scan',
      purpose: 'one pass over the spans keeps those that some filter matches',
      sql: shownText(scanSql(plan, { ...relations, matched: MATCHED })),
    },
    ...(traces === undefined
      ? []
      : [
          {
            name: 'traces',
            purpose: 'which filters some span of a trace matches',
            sql: shownText(traces),
          } as const,
        ]),
    ...(flow?.kind === 'key'
      ? [
          {
            name: 'keys',
            purpose:
              'the key of each span: its own, that of the nearest span above it, or the only one of its trace',
            sql: shownText(spanKeysSql(flow.fields, keyedSpans(rule), columns, new Ctes(relations))),
          } as const,
        ]
      : []),
    {
      name: 'verdicts',
      purpose:
        'a row for each case: 1 violation, 2 cannot tell, and the clause that decided; passes are counted',
      sql: shownText(
        join([...partsSql(plan, 0, relations), verdictsSql(0, plan, relations, sql`bucket`)], ';\n'),
      ),
    },
    {
      name: 'evidence',
      purpose: 'the spans behind the violations that are listed, `listed`',
      sql: shownText(evidenceSql(rule, near, LISTED)),
    },
    ...(values === undefined
      ? []
      : [{ name: 'values', purpose: 'what the deciding clause compared', sql: shownText(values) } as const]),
  ];
}
