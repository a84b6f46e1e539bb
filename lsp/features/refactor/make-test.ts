import { insertFix } from '../../../engine/language/problems/diagnostic.js';
import type { LetDefinition } from '../../../engine/language/scope/scope.js';
import { isFreeName } from '../../../engine/language/text/tokens.js';
import type {
  CaseRuleItem,
  Clause,
  Condition,
  Field,
  FieldExpression,
  Literal,
  Pattern,
} from '../../../engine/language/tree/ast.js';
import { attributeNameText } from '../../../engine/language/tree/literals-attribute.js';
import type { Analysis } from '../../workspace/analysis.js';
import { partsOf } from './new-name.js';
import { holds, type Refactoring, type RefactorPlace } from './refactoring.js';

/** A span that satisfies a pattern, in the words of a test. */
interface MadeSpan {
  readonly service: string;
  readonly name: string;
  readonly lines: readonly string[];
}

/**
 * Writes a test of a trace that violates the rule: with what `when` finds and without what the first `always` demands, or with
 * what the first `never` forbids. Only where the rule is plain enough to tell which spans these are.
 */
export function makeTest({ analysis, path, item, range }: RefactorPlace): readonly Refactoring[] {
  if (item.kind !== 'rule' || !holds({ start: item.range.start, end: item.id.range.end }, range)) return [];
  if (item.settings.some(({ name }) => name.text === 'across')) return [];
  const spans = violatingSpans(item, analysis, path);
  if (spans === undefined) return [];
  const text = [
    `test "it is violated" of ${item.id.text} {`,
    ...spans.map(({ service, name, lines }, n) => {
      const times = `${n * 100}ms..${n * 100 + 50}ms`;
      const body = lines.length === 0 ? '' : ` { ${lines.join('  ')} }`;
      return `  ${isFreeName(service) ? service : JSON.stringify(service)} ${JSON.stringify(name)} ${times}${body}`;
    }),
    '  expect violation',
    '}',
  ].join('\n');
  const { edits } = insertFix('', item.range.end, `\n\n${text}`);
  return [{ title: `Make a test that violates ${item.id.text}`, kind: 'rewrite', edits }];
}

/** In order of time; undefined where it is not known. */
function violatingSpans(
  rule: CaseRuleItem,
  analysis: Analysis,
  path: string,
): readonly MadeSpan[] | undefined {
  const when = rule.clauses.find(({ kind }) => kind === 'when');
  const found = when === undefined ? [] : spansOf(when.condition, analysis, path);
  if (found === undefined) return undefined;
  const always = rule.clauses.find(({ kind }) => kind === 'always');
  if (always !== undefined) {
    const demanded = demandedBy(always, analysis, path);
    // Another name than any that is there: so nothing fulfils it.
    const isMissing = demanded !== undefined && found.every(({ name }) => name !== demanded.name);
    if (isMissing) return found.length === 0 ? [{ service: 'service', name: 'something', lines: [] }] : found;
  }
  const never = rule.clauses.find(({ kind }) => kind === 'never');
  const forbidden = never && forbiddenBy(never, analysis, path);
  if (forbidden === undefined) return undefined;
  return forbidden.isFirst ? [forbidden.span, ...found] : [...found, forbidden.span];
}

/** A span for each pattern that is joined by `and`. */
function spansOf(condition: Condition, analysis: Analysis, path: string): readonly MadeSpan[] | undefined {
  const tests = condition.kind === 'and' ? condition.operands : [condition];
  const spans = tests.map((test) =>
    test.kind === 'exists' ? spanOf(test.pattern, analysis, path) : undefined,
  );
  return spans.every((span) => span !== undefined) ? spans : undefined;
}

function demandedBy({ condition }: Clause, analysis: Analysis, path: string): MadeSpan | undefined {
  if (condition.kind !== 'exists' && condition.kind !== 'relation') return undefined;
  // Where what it relates to is not there, a relation asks for nothing.
  const isBound =
    condition.kind === 'exists' ||
    condition.references.every(({ pipeline: { stages } }) => {
      const [stage] = stages;
      return (
        stage?.kind === 'spanset' &&
        stage.expression.kind === 'name' &&
        !analysis.workspace.scopes.get(path)?.lets.has(stage.expression.name.text)
      );
    });
  return isBound ? spanOf(condition.pattern, analysis, path) : undefined;
}

function forbiddenBy(
  { condition }: Clause,
  analysis: Analysis,
  path: string,
): { readonly span: MadeSpan; readonly isFirst: boolean } | undefined {
  if (condition.kind === 'relation') {
    const { relation, bound } = condition;
    if ((relation !== 'before' && relation !== 'after') || bound.atLeast !== undefined) return undefined;
    const [reference] = condition.references;
    const [stage] = reference.pipeline.stages;
    if (stage?.kind !== 'spanset' || stage.expression.kind !== 'name') return undefined;
    const span = spanOf(condition.pattern, analysis, path);
    return span && { span, isFirst: relation === 'before' };
  }
  const span = condition.kind === 'exists' ? spanOf(condition.pattern, analysis, path) : undefined;
  return span && { span, isFirst: false };
}

/** A span that a pattern matches, if that is one filter of comparisons with values. */
function spanOf(pattern: Pattern, analysis: Analysis, path: string): MadeSpan | undefined {
  const parts = filterOf(pattern, analysis, path);
  if (parts === undefined) return undefined;
  let [service, name] = ['service', 'span'];
  const lines = new Map<string, string>();
  for (const part of parts) {
    const asked = askedOf(part);
    if (asked === undefined) return undefined;
    const { field, value } = asked;
    if (field.kind === 'intrinsic') {
      if (field.name === 'span:name' && typeof value === 'string') name = JSON.parse(value) as string;
      else if (field.name === 'span:status') lines.set('status', `status = ${value}`);
      else if (field.name === 'span:kind') lines.set('kind', `kind = ${value}`);
      else return undefined;
    } else if (field.scope === 'resource' && field.key === 'service.name')
      service = JSON.parse(value) as string;
    else if (field.scope === 'span' || field.scope === 'resource') {
      const key = `${field.scope}.${attributeNameText(field.key)}`;
      if (lines.has(key)) return undefined;
      lines.set(key, `${key} = ${value}`);
    } else return undefined;
  }
  return { service, name, lines: [...lines.values()] };
}

function filterOf(
  { pipeline: { stages }, where }: Pick<Pattern, 'pipeline' | 'where'>,
  analysis: Analysis,
  path: string,
  open: ReadonlySet<LetDefinition> = new Set(),
): readonly FieldExpression[] | undefined {
  const [stage, ...others] = stages;
  if (stage?.kind !== 'spanset' || others.length > 0) return undefined;
  const { expression } = stage;
  const own = where === undefined ? [] : partsOf(where);
  if (expression.kind === 'filter')
    return [...(expression.expression === undefined ? [] : partsOf(expression.expression)), ...own];
  if (expression.kind !== 'name' || expression.arguments !== undefined) return undefined;
  const definition = analysis.workspace.scopes.get(path)?.lets.get(expression.name.text);
  if (definition === undefined || open.has(definition)) return undefined;
  const { value } = definition.item;
  const named = filterOf({ pipeline: value }, analysis, definition.path, new Set([...open, definition]));
  return named && [...named, ...own];
}

/** A value, as a test writes it, that satisfies a comparison of a field with a literal. */
function askedOf(part: FieldExpression): { readonly field: Field; readonly value: string } | undefined {
  if (part.kind === 'in' && !part.negated && part.operand.kind === 'field') {
    const [first] = part.items;
    return first && own(part.operand.field, written(first));
  }
  if (part.kind !== 'binary' || part.left.kind !== 'field' || part.right.kind !== 'literal') return undefined;
  const { literal } = part.right;
  const { field } = part.left;
  const step = literal.kind === 'int' ? literal.value : undefined;
  switch (part.operator) {
    case '=':
    case '>=':
    case '<=':
      return literal.kind === 'nil' ? undefined : own(field, written(literal));
    case '>':
      return step === undefined ? undefined : own(field, String(step + 1n));
    case '<':
      return step === undefined ? undefined : own(field, String(step - 1n));
    case '!=':
      return literal.kind === 'nil' ? own(field, '"x"') : undefined;
    default:
      return undefined;
  }
}

function own(field: Field, value: string | undefined) {
  return field.bound !== undefined || field.hop !== 'self' || value === undefined
    ? undefined
    : { field, value };
}

function written(literal: Literal): string | undefined {
  switch (literal.kind) {
    case 'string':
      return JSON.stringify(literal.value);
    case 'int':
    case 'float':
    case 'bool':
    case 'status':
    case 'kind':
      return String(literal.value);
    case 'duration':
    case 'time':
    case 'nil':
      return undefined;
  }
}
