import type { Hint, Query, ViolationsQuery } from '../tree/ast-query.js';
import { printClause, printSetting, printWindowClause } from './print.js';
import { printLiteral, printPipeline } from './print-expression.js';
import { printMetrics, printViolationLabel, printViolationMetrics } from './print-metrics.js';

/** Canonical text of a query, on one line; see `print.ts` for what that keeps. */
export function printQuery(query: Query): string {
  switch (query.kind) {
    case 'search':
      return withHints(printPipeline(query.pipeline), query.hints);
    case 'metrics':
      return withHints(printMetrics(query.expression), query.hints);
    case 'violations':
      return `violations of ${query.rule.text}${printCounted(query)}`;
    case 'rule':
      return [...query.settings.map(printSetting), ...query.clauses.map(printClause)].join(' ');
    case 'over rule':
      return [...query.settings.map(printSetting), ...query.clauses.map(printWindowClause)].join(' ');
  }
}

function printCounted({ metrics, by }: ViolationsQuery): string {
  if (metrics !== undefined) return ` | ${printViolationMetrics(metrics)}`;
  return by === undefined ? '' : ` | by(${by.map(printViolationLabel).join(', ')})`;
}

function withHints(text: string, hints: readonly Hint[]): string {
  if (hints.length === 0) return text;
  const list = hints.map(({ name, value }) => `${name.text} = ${printLiteral(value)}`);
  return `${text} with (${list.join(', ')})`;
}
