import { printField } from '../../print/print-field.js';
import { insertFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type {
  Condition,
  Field,
  FieldExpression,
  Pipeline,
  Range,
  SpansetExpression,
} from '../../tree/ast.js';
import { fieldsOf, patternsOf } from '../../tree/walk.js';
import type { ItemContext } from '../context.js';

/**
 * Warns of groups by an attribute that spans may lack, of which a condition then asks something: `charge | by(span.key) | count() > 1`
 * finds two charges without a key. Nothing is said where what comes before leaves only spans that have it.
 */
export function checkNilGroups(condition: Condition, bound: ReadonlySet<string>, context: ItemContext): void {
  for (const { pattern } of patternsOf(condition)) checkPipelineGroups(pattern.pipeline, bound, context);
}

/** The same for the pattern of a let. */
export function checkPipelineGroups(
  pipeline: Pipeline,
  bound: ReadonlySet<string>,
  context: ItemContext,
): void {
  // Otherwise nothing depends on what names stand for, and nothing is to be checked again when that changes.
  if (!pipeline.stages.some(({ kind }) => kind === 'aggregate')) return;
  const lets = letsFrom(context.path, bound, context);
  for (const { stage, missing } of groupings(pipeline, lets)) {
    if (!isAsked(pipeline.stages.slice(pipeline.stages.indexOf(stage) + 1))) continue;
    if (stage.kind === 'by') reportMissing(missing, stage.range.start, context.report);
    else reportInside(missing, stage.range, context.report);
  }
}

interface Grouping {
  /** The `by`, or the spanset that comes in groups out of a let or parentheses. */
  readonly stage: Pipeline['stages'][number];
  /** What spans may lack of what they are grouped by. */
  readonly missing: readonly Field[];
}

function groupings({ stages }: Pipeline, lets: Lets): readonly Grouping[] {
  const given = new Set<string>();
  const found: Grouping[] = [];
  for (const stage of stages) {
    if (stage.kind === 'spanset') for (const key of spansetKeys(stage.expression, lets)) given.add(key);
    const missing =
      stage.kind === 'spanset'
        ? openGroups(stage.expression, lets)
        : stage.kind === 'by'
          ? stage.expressions.flatMap((key) => [...fieldsOf(key)].filter((field) => isMissing(field, given)))
          : [];
    if (missing.length > 0) found.push({ stage, missing });
  }
  return found;
}

/** Of groups that nothing has tested yet where they were made: there it is reported. */
function openGroups(expression: SpansetExpression, lets: Lets): readonly Field[] {
  const inner =
    expression.kind === 'group'
      ? { pipeline: expression.pipeline, lets }
      : expression.kind === 'name'
        ? lets(expression.name.text)
        : undefined;
  if (inner === undefined) return [];
  const { stages } = inner.pipeline;
  const last = groupings(inner.pipeline, inner.lets).at(-1);
  if (last === undefined) return [];
  const after = stages.slice(stages.indexOf(last.stage) + 1);
  return after.some(({ kind }) => kind === 'coalesce' || kind === 'aggregate' || kind === 'by')
    ? []
    : last.missing;
}

function isMissing(field: Field, given: Keys): boolean {
  return mayBeMissing(field) && !given.has(printField(field));
}

function reportMissing(fields: readonly Field[], offset: number, report: Report): void {
  const test = presence(fields);
  const fixes = [insertFix(`Leave out spans without it: ${test}`, offset, `${test} | `)];
  for (const field of fields) report('BT2222', field.range, messageOf(field), { fixes });
}

/** Where the pattern is used: it is the question that makes one group of them wrong. */
function reportInside(fields: readonly Field[], range: Range, report: Report): void {
  for (const field of fields)
    report('BT2222', range, `${messageOf(field)} Add ${presence([field])} where the groups are made.`);
}

function messageOf(field: Field): string {
  return `All spans without \`${printField(field)}\` are one group, as if they shared a value.`;
}

function presence(fields: readonly Field[]): string {
  return `{ ${fields.map((field) => `${printField(field)} != nil`).join(' && ')} }`;
}

/** Whether something tests the groups before they are joined again. */
function isAsked(stages: Pipeline['stages']): boolean {
  const end = stages.findIndex(({ kind }) => kind === 'coalesce');
  return (end < 0 ? stages : stages.slice(0, end)).some(({ kind }) => kind === 'aggregate');
}

function mayBeMissing(field: Field): boolean {
  if (field.kind !== 'attribute' || field.key === '') return false;
  return !(field.scope === 'resource' && field.key === 'service.name' && field.hop === 'self');
}

/** The attributes, as they are printed, that every span has which comes out of a spanset expression. */
type Keys = ReadonlySet<string>;
type Lets = (name: string) => { readonly pipeline: Pipeline; readonly lets: Lets } | undefined;
const NONE: Keys = new Set();

/** What a name stands for; nothing where it is a bound span, or leads back to itself. */
function letsFrom(path: string, bound: ReadonlySet<string>, context: ItemContext): Lets {
  const { world } = context;
  return (name) => {
    const definition = bound.has(name) ? undefined : world.letNamed(path, name);
    if (!definition || world.faultOf(definition) !== undefined) return undefined;
    return { pipeline: definition.item.value, lets: letsFrom(definition.path, new Set(), context) };
  };
}

function pipelineKeys({ stages }: Pipeline, lets: Lets): Keys {
  return union(
    stages.map((stage) => (stage.kind === 'spanset' ? spansetKeys(stage.expression, lets) : NONE)),
  );
}

function spansetKeys(expression: SpansetExpression, lets: Lets): Keys {
  switch (expression.kind) {
    case 'filter':
      return expression.expression ? trueKeys(expression.expression) : NONE;
    case 'group':
      return pipelineKeys(expression.pipeline, lets);
    case 'name': {
      const found = lets(expression.name.text);
      return found ? pipelineKeys(found.pipeline, found.lets) : NONE;
    }
    case 'operation': {
      const right = spansetKeys(expression.right, lets);
      // Of the structural operators, only those with & give the spans of both sides.
      const givesBoth = expression.operator === '||' || expression.operator.startsWith('&');
      return givesBoth ? intersection([spansetKeys(expression.left, lets), right]) : right;
    }
  }
}

/** What a span has for which the expression is true. */
function trueKeys(expression: FieldExpression): Keys {
  return keysWhere(expression, true);
}

/** What a span has for which the expression is true (false): a comparison with a missing value is neither. */
function keysWhere(expression: FieldExpression, truth: boolean): Keys {
  if (expression.kind === 'unary' && expression.operator === '!')
    return keysWhere(expression.operand, !truth);
  if (expression.kind !== 'binary') return allKeys(expression);
  const { operator, left, right } = expression;
  if (operator === '&&' || operator === '||') {
    const sides = [keysWhere(left, truth), keysWhere(right, truth)];
    return (operator === '&&') === truth ? union(sides) : intersection(sides);
  }
  const isPresence = [left, right].some((side) => side.kind === 'literal' && side.literal.kind === 'nil');
  return isPresence && (operator === '!=') !== truth ? NONE : allKeys(expression);
}

function allKeys(expression: FieldExpression): Keys {
  return new Set([...fieldsOf(expression)].map(printField));
}

function union(all: readonly Keys[]): Keys {
  return new Set(all.flatMap((keys) => [...keys]));
}

function intersection([first = NONE, ...rest]: readonly Keys[]): Keys {
  return new Set([...first].filter((key) => rest.every((keys) => keys.has(key))));
}
