import { guesses, removeFix } from '../../problems/diagnostic.js';
import type { LetDefinition } from '../../scope/scope.js';
import { bindingsOf } from '../../scope/scope.js';
import type { CaseRuleItem, Clause, Condition, FieldExpression, Pattern, Pipeline } from '../../tree/ast.js';
import { patternsOf, pipelineExpressions } from '../../tree/walk.js';
import type { ItemContext } from '../context.js';
import { conjunctionFinding, expressionConstraints, looserBounds, operandsOf } from './contradictions.js';
import { finiteFinding } from './finite-sets.js';
import { meaningOf } from './meaning.js';

/** What a pattern requires of one span: the parts of its filter and of those it is made of, by what they mean. */
type Asked = ReadonlyMap<string, FieldExpression>;

/** Reports what says nothing more than something else in the rule, through lets too. */
export function checkCovering(rule: CaseRuleItem, clauses: readonly Clause[], context: ItemContext): void {
  const bound = new Set(bindingsOf(rule));
  for (const clause of clauses)
    for (const { pattern } of patternsOf(clause.condition)) {
      checkBounds(pattern, context);
      checkTogether(pattern, bound, context);
    }
  checkAgainstWhen(clauses, bound, context);
  checkPairs(clauses, bound, context);
}

/** `span.a > 10 && span.a > 5` */
function checkBounds({ pipeline, where }: Pattern, { report }: ItemContext): void {
  for (const expression of [...pipelineExpressions(pipeline), ...(where ? [where] : [])]) {
    if (expression.kind !== 'binary' || expression.operator !== '&&') continue;
    const operands = operandsOf(expression);
    for (const { looser, tighter } of looserBounds(expressionConstraints(operands))) {
      const place = operands.findIndex(({ range }) => range.start === looser.range.start);
      const [before, behind] = [operands[place - 1], operands[place + 1]];
      const range = before
        ? { start: before.range.end, end: looser.range.end }
        : { start: looser.range.start, end: behind?.range.start ?? looser.range.end };
      report('BT2316', looser.range, 'This says nothing more than the narrower bound next to it.', {
        fixes: [removeFix('Remove it', range)],
        related: [{ message: 'The narrower bound', range: tighter.range }],
      });
    }
  }
}

/** `charge where name = "other"`, which the pattern called `charge` excludes. */
function checkTogether(pattern: Pattern, bound: ReadonlySet<string>, context: ItemContext): void {
  const { where } = pattern;
  const named = where && askedOfPipeline(pattern.pipeline, bound, context);
  if (where === undefined || named === undefined) return;
  const own = partsOf(where);
  const all = [...named.values(), ...own];
  const finding = conjunctionFinding(expressionConstraints(all), 'filter') ?? finiteFinding(all);
  if (finding !== undefined && isOpen([...named.values()]) && isOpen(own))
    context.report('BT2304', where.range, `Together with the pattern before it: ${finding.message}`);
}

function isOpen(parts: readonly FieldExpression[]): boolean {
  return (conjunctionFinding(expressionConstraints(parts), 'filter') ?? finiteFinding(parts)) === undefined;
}

/** `when a  never a`, `when a && b  always a`. */
function checkAgainstWhen(
  clauses: readonly Clause[],
  bound: ReadonlySet<string>,
  context: ItemContext,
): void {
  const when = clauses.find(({ kind }) => kind === 'when');
  const found =
    when === undefined ? [] : testsOf(when.condition).flatMap((test) => askedOf(test, bound, context) ?? []);
  for (const clause of clauses) {
    if (clause.kind === 'when') continue;
    const asked = askedOf(clause.condition, bound, context);
    if (asked === undefined || asked.size === 0 || !found.some((spans) => covers(spans, asked))) continue;
    const effect =
      clause.kind === 'never' ? 'this `never` is violated every time' : 'this `always` demands nothing';
    context.report('BT2306', clause.condition.range, `What \`when\` finds satisfies it already: ${effect}.`, {
      fixes: guesses([removeFix(`Remove this \`${clause.kind}\``, clause.range)]),
    });
  }
}

/** `never a  never a && b`, `always a && b  always a`, and the same clause through a let. */
function checkPairs(clauses: readonly Clause[], bound: ReadonlySet<string>, context: ItemContext): void {
  const judged = clauses.flatMap((clause) => {
    const asked = clause.kind === 'when' ? undefined : askedOf(clause.condition, bound, context);
    return asked === undefined ? [] : [{ clause, asked }];
  });
  for (const [index, { clause, asked }] of judged.entries()) {
    const other = judged.find((known, place) => {
      if (place === index || known.clause.kind !== clause.kind) return false;
      const [wide, narrow] = clause.kind === 'never' ? [known.asked, asked] : [asked, known.asked];
      // Of two that say the same, the later one says nothing more.
      return covers(narrow, wide) && (narrow.size > wide.size || place < index);
    });
    if (other === undefined || meaningOf(other.clause.condition) === meaningOf(clause.condition)) continue;
    context.report(
      'BT2315',
      clause.range,
      `Another \`${clause.kind}\` covers this one: what breaks it breaks both.`,
      {
        fixes: [removeFix(`Remove this \`${clause.kind}\``, clause.range)],
        related: [{ message: 'The other clause', range: other.clause.range }],
      },
    );
  }
}

/** Whether spans of which all of `narrow` is true satisfy `wide` too. */
function covers(narrow: Asked, wide: Asked): boolean {
  return [...wide.keys()].every((meaning) => narrow.has(meaning));
}

function testsOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.operands : [condition];
}

function askedOf(condition: Condition, bound: ReadonlySet<string>, context: ItemContext): Asked | undefined {
  if (condition.kind !== 'exists') return undefined;
  const { pipeline, where } = condition.pattern;
  const named = askedOfPipeline(pipeline, bound, context);
  if (named === undefined || where === undefined) return named;
  return new Map([...named, ...byMeaning(partsOf(where))]);
}

/** What a pattern that is one filter, or a name of such, asks; undefined for any other. */
function askedOfPipeline(
  { stages }: Pipeline,
  bound: ReadonlySet<string>,
  context: ItemContext,
  open: ReadonlySet<LetDefinition> = new Set(),
): Asked | undefined {
  const [stage, ...others] = stages;
  if (stage?.kind !== 'spanset' || others.length > 0) return undefined;
  const { expression } = stage;
  if (expression.kind === 'filter')
    return byMeaning(expression.expression === undefined ? [] : partsOf(expression.expression));
  if (expression.kind === 'group') return askedOfPipeline(expression.pipeline, bound, context, open);
  if (expression.kind !== 'name' || bound.has(expression.name.text) || expression.arguments !== undefined)
    return undefined;
  const { text } = expression.name;
  // What is in another file may change without a look at this one.
  if (context.scope.lets.get(text)?.path !== context.path) return undefined;
  const definition = context.world.letNamed(context.path, text);
  if (definition === undefined || open.has(definition)) return undefined;
  return askedOfPipeline(definition.item.value, bound, context, new Set([...open, definition]));
}

function partsOf(expression: FieldExpression): readonly FieldExpression[] {
  return expression.kind === 'binary' && expression.operator === '&&' ? operandsOf(expression) : [expression];
}

function byMeaning(parts: readonly FieldExpression[]): Asked {
  return new Map(parts.map((part) => [meaningOf(part), part]));
}
