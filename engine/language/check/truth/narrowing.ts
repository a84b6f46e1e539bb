import { printExpression } from '../../print/print-expression.js';
import { replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { Pattern, SpansetExpression } from '../../tree/ast.js';

/** Warns on `name && { … }` where one span is meant: the pattern binds a span, or the name is of a bound one. */
export function checkNarrowing(pattern: Pattern, bound: ReadonlySet<string>, report: Report): void {
  const [stage, ...more] = pattern.pipeline.stages;
  if (stage?.kind !== 'spanset' || more.length > 0) return;
  const { expression } = stage;
  if (expression.kind !== 'operation' || expression.operator !== '&&') return;
  const { left, right } = expression;
  const [subject, filter] = left.kind === 'filter' && right.kind === 'name' ? [right, left] : [left, right];
  if (filter.kind !== 'filter' || !(subject.kind === 'name' || subject.kind === 'filter')) return;
  const isBound = subject.kind === 'name' && bound.has(subject.name.text);
  if (!pattern.as && !isBound) return;
  const canNarrow = filter.expression && !pattern.where;
  const text =
    canNarrow && filter.expression
      ? `${subjectText(subject)} where ${printExpression(filter.expression)}`
      : '';
  report(
    'BT2309',
    expression.range,
    '`&&` asks for two spans of the trace, and matches both; one span that satisfies both is `… where …`.',
    text === '' ? {} : { fixes: [replaceFix(`Write ${text}`, expression.range, text)] },
  );
}

function subjectText(subject: Extract<SpansetExpression, { kind: 'name' | 'filter' }>): string {
  if (subject.kind === 'name') return subject.name.text;
  return subject.expression ? `{ ${printExpression(subject.expression)} }` : '{ }';
}
