import { guesses, removeFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { Bound, Condition, Pattern, RelationTest } from '../../tree/ast.js';
import { soleName } from '../../tree/walk.js';
import { RELATIONS } from '../../words/words.js';

/** Checks the bounds of relations and sequences, and that relations relate two things. */
export function checkRelations(condition: Condition, bound: ReadonlySet<string>, report: Report): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) checkRelations(operand, bound, report);
      return;
    case 'not':
      checkRelations(condition.operand, bound, report);
      return;
    case 'relation':
      checkRelation(condition, bound, report);
      return;
    case 'sequence':
      checkBound(condition.bound, report);
      return;
    case 'exists':
    case 'compare':
  }
}

function checkRelation(test: RelationTest, bound: ReadonlySet<string>, report: Report): void {
  const limits = limitsOf(test.bound);
  const [first] = limits;
  if (first && RELATIONS[test.relation].compares !== 'edges') {
    const start = patternEnd(test.references.at(-1) as Pattern);
    const end = Math.max(...limits.map(({ range }) => range.end));
    report(
      'BT2313',
      { start: first.range.start, end },
      `\`${test.relation}\` compares no single pair of edges, so there is no gap for \`within\` or \`at least\` to limit.`,
      { fixes: [removeFix('Remove the bound', { start, end })] },
    );
  } else {
    checkBound(test.bound, report);
  }
  const name = boundName(test.pattern, bound);
  for (const reference of test.references) {
    if (name === undefined || boundName(reference, bound) !== name) continue;
    report('BT2314', test.range, `\`${name}\` is one span, and a span is never related to itself.`);
    return;
  }
}

function boundName(pattern: Pattern, bound: ReadonlySet<string>): string | undefined {
  const name = soleName(pattern.pipeline)?.name.text;
  return name !== undefined && bound.has(name) ? name : undefined;
}

function patternEnd(pattern: Pattern): number {
  return Math.max(pattern.range.end, pattern.as?.range.end ?? 0);
}

function limitsOf({ within, atLeast }: Bound): readonly NonNullable<Bound['within']>[] {
  const limits = [...(within ? [within] : []), ...(atLeast ? [atLeast] : [])];
  return limits.sort((a, b) => a.range.start - b.range.start);
}

function checkBound({ within, atLeast }: Bound, report: Report): void {
  if (!within || !atLeast || within.value >= atLeast.value) return;
  const [start, end] = [within.range, atLeast.range].map(({ start }) => start).sort((a, b) => a - b);
  report(
    'BT2311',
    { start: start ?? 0, end: Math.max(within.range.end, atLeast.range.end, end ?? 0) },
    `No gap is at least ${atLeast.raw} and at most ${within.raw}.`,
    {
      fixes: guesses([
        {
          title: 'Swap the two',
          edits: [
            { range: within.range, newText: atLeast.raw },
            { range: atLeast.range, newText: within.raw },
          ],
        },
      ]),
    },
  );
}
