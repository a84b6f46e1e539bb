import { replaceFix } from '../../../engine/language/problems/diagnostic.js';
import { holds, type Refactoring, type RefactorPlace } from './refactoring.js';

/** `always A and B` as two clauses, `never A or B` as well: each is named by itself where it is broken. */
export function splitClause({ text, item, range }: RefactorPlace): readonly Refactoring[] {
  if (item.kind !== 'rule') return [];
  const clause = item.clauses.find((known) => holds(known.range, range));
  const joint = clause?.kind === 'always' ? 'and' : clause?.kind === 'never' ? 'or' : undefined;
  if (clause === undefined || joint === undefined || clause.condition.kind !== joint) return [];
  const { operands } = clause.condition;
  const gaps = operands
    .slice(1)
    .map((operand, n) => ({ start: operands[n]!.range.end, end: operand.range.start }));
  // Parentheses and comments between them belong to one of the two, and which is not looked into.
  if (gaps.some(({ start, end }) => text.slice(start, end).trim() !== joint)) return [];
  const lineStart = text.lastIndexOf('\n', clause.range.start - 1) + 1;
  const indent = /^[ \t]*/u.exec(text.slice(lineStart, clause.range.start))?.[0] ?? '';
  const isOnOwnLine = text.slice(lineStart, clause.range.start).trim() === '';
  const between = isOnOwnLine ? `\n${indent}${clause.kind} ` : ` ${clause.kind} `;
  return [
    {
      title: `Split into ${operands.length} clauses`,
      kind: 'rewrite',
      edits: gaps.flatMap((gap) => replaceFix('', gap, between).edits),
    },
  ];
}
