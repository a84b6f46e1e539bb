import { RETRACTION_SPAN, VIOLATION_SPAN } from '../otlp/own-spans.js';
import { stringLiteral } from '../sql/dialects/duckdb/literal.js';

/** SQL of `isOwnSpan`, of a column of names: a function, which is evaluated once for each entry of the column's dictionary. */
export function isOwnSql(name: string): string {
  return `list_contains([${[VIOLATION_SPAN, RETRACTION_SPAN].map(stringLiteral).join(', ')}], ${name})`;
}
