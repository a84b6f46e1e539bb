import { readsStructure } from '../../../plan/needs.js';
import type { RulePlan } from '../../../plan/plan.js';
import { name, type Sql, sql } from '../../text/sql.js';
import type { AttributeColumns } from '../attribute-columns.js';
import { CASE_ALIAS } from '../domain.js';
import { fieldColumns } from '../value/expression.js';

/** How the columns of a rule's bound spans are called in the rows of its cases. */
export function bindingPrefixes(rule: RulePlan): ReadonlyMap<string, Sql> {
  return new Map(
    rule.bindings.map((binding, n) => [
      binding.name,
      sql`${CASE_ALIAS}.${name(`${bindingColumn(binding.name, n)}__`)}`,
    ]),
  );
}

/** Bound names may hold what column names may not, and differ only in case; the number keeps them apart. */
export function bindingColumn(binding: string, index: number): string {
  return `${binding.toLowerCase().replace(/[^a-z0-9_]/g, '_')}_${index}`;
}

/** The columns of bound spans that conditions read: their edges and place in the trace, and the fields mentioned. */
export function caseColumns(rule: RulePlan, columns: AttributeColumns): readonly string[] {
  const needed = new Set(['row', 'start_ns', 'end_ns']);
  if (readsStructure(rule))
    for (const column of ['nested_left', 'nested_right', 'nested_parent']) needed.add(column);
  if (rule.flow !== undefined) needed.add('trace');
  for (const field of rule.boundFields) for (const column of fieldColumns(field, columns)) needed.add(column);
  return [...needed];
}
