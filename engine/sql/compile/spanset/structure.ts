import type { SpansetOperator } from '../../../language/tree/ast.js';
import { type Sql, sql } from '../../text/sql.js';
import { type Domain, spansTraces } from '../domain.js';

/** Where one span is in the tree, seen from another. */
type Structure = '>' | '>>' | '<' | '<<' | '~';

/** What an operator asks for: spans that are so related, those that are not, or both sides. */
export function structureOf(operator: Exclude<SpansetOperator, '&&' | '||'>): {
  readonly relation: Structure;
  readonly form: '' | '!' | '&';
} {
  switch (operator) {
    case '>':
    case '>>':
    case '<':
    case '<<':
    case '~':
      return { relation: operator, form: '' };
    case '!>':
    case '!>>':
    case '!<':
    case '!<<':
    case '!~':
      return { relation: operator.slice(1) as Structure, form: '!' };
    case '&>':
    case '&>>':
    case '&<':
    case '&<<':
    case '&~':
      return { relation: operator.slice(1) as Structure, form: '&' };
  }
}

/**
 * `A > B`: B is a child of A, and so on, on nested set numbers; 0 is "not numbered" and related to nothing. `a` and `b` are
 * prefixes of columns.
 */
export const STRUCTURE: Record<Structure, (a: Sql, b: Sql) => Sql> = {
  '>': (a, b) => sql`${b}nested_parent = ${a}nested_left AND ${a}nested_left > 0`,
  '<': (a, b) => sql`${a}nested_parent = ${b}nested_left AND ${b}nested_left > 0`,
  '>>': (a, b) => descends(b, a),
  '<<': (a, b) => descends(a, b),
  '~': (a, b) => sql`${a}nested_parent = ${b}nested_parent AND ${b}nested_parent <> 0 AND ${a}row <> ${b}row`,
};

/** The same for spans of a domain: those of a flow are only related inside one trace. */
export function relatedSql(relation: Structure, a: Sql, b: Sql, domain: Domain): Sql {
  const related = STRUCTURE[relation](a, b);
  return spansTraces(domain) ? sql`${a}trace = ${b}trace AND ${related}` : related;
}

/** SQL for "`inner` is a descendant of `outer`". */
function descends(inner: Sql, outer: Sql): Sql {
  return sql`${outer}nested_left > 0 AND ${outer}nested_left < ${inner}nested_left AND ${inner}nested_right < ${outer}nested_right`;
}
