/**
 * Most tests of a trace are whether it has some span. The pass over the spans marks each with the predicates that it
 * matches; together, the marks of a trace's spans answer that without looking at the spans again.
 */

import type { Plan, RulePlan, SpansetPlan, StagePlan } from '../../../plan/plan.js';
import { TRACE_HITS, TRACES } from '../../tables.js';
import { bitOrOver, tableAs } from '../../text/operations.js';
import { join, type Sql, sql } from '../../text/sql.js';
import type { Ctes } from '../ctes.js';
import { CASE_ALIAS } from '../domain.js';
import type { Relations } from '../relations.js';

/**
 * Makes `trace_hits`: `trace`, `start_ns` and the columns of hits, which have the bits of all matched spans of the trace. It has
 * the traces that rules without bound spans look at: those with a matched span, and the others too when a rule asks for
 * no span at all. Undefined where no rule reads it and it is not wanted `anyway`.
 */
export function traceHitsSql(
  plan: Plan,
  { predicates, matched }: Relations,
  anyway = false,
): Sql | undefined {
  const readers = plan.rules.filter(({ flow, bindings }) => flow === undefined && bindings.length === 0);
  if (readers.length === 0 && !anyway) return undefined;
  const words = predicates.words();
  const hits = words.map((word) => sql`${bitOrOver(word)} AS ${word}`);
  const every = readers.some((rule) => !asksForSpan(rule));
  const columns = words.map((word) => (every ? sql`coalesce(${word}, 0) AS ${word}` : word));
  const kind = every ? sql`LEFT JOIN` : sql`JOIN`;
  const added = sql`SELECT ${join([sql`trace`, ...hits], ', ')} FROM ${matched} GROUP BY trace`;
  const select = sql`SELECT ${join([sql`trace`, sql`start_ns`, ...columns], ', ')}
FROM ${TRACES} ${kind} (${added}) USING (trace)`;
  return tableAs(TRACE_HITS, select, { replace: true });
}

/** Whether the rule applies to no trace without a matched span. */
function asksForSpan({ when }: RulePlan): boolean {
  const asked = when === undefined ? [] : when.kind === 'and' ? when.operands : [when];
  return asked.some(
    (conditionPlan) =>
      conditionPlan.kind === 'exists' &&
      conditionPlan.pattern.stages.every((stage) => stage.kind === 'spanset'),
  );
}

/** SQL over the case `c` of a trace with its hits; undefined where those do not tell whether a span matches the pattern. */
export function hitTest(stages: readonly StagePlan[], ctes: Ctes): Sql | undefined {
  const [only, ...others] = stages;
  if (only?.kind !== 'spanset' || others.length > 0) return undefined;
  return spansetHit(only.expression, ctes);
}

function spansetHit(spanset: SpansetPlan, ctes: Ctes): Sql | undefined {
  switch (spanset.kind) {
    case 'leaf':
      return spanset.residual === undefined
        ? sql`(${ctes.predicate(spanset.predicate, sql`${CASE_ALIAS}.`)})`
        : undefined;
    case 'group':
      return hitTest(spanset.stages, ctes);
    case 'bound':
      return undefined;
    case 'operation': {
      if (spanset.operator !== '&&' && spanset.operator !== '||') return undefined;
      const [left, right] = [spansetHit(spanset.left, ctes), spansetHit(spanset.right, ctes)];
      if (left === undefined || right === undefined) return undefined;
      return spanset.operator === '&&' ? sql`(${left} AND ${right})` : sql`(${left} OR ${right})`;
    }
  }
}
