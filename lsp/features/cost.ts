import { selectionsOf } from '../../engine/language/check/queries/metrics.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type {
  Condition,
  Field,
  FieldExpression,
  Filter,
  Literal,
  Pipeline,
} from '../../engine/language/tree/ast.js';
import {
  fieldsOf,
  patternsOf,
  pipelineExpressions,
  scalarFields,
  spansetsOf,
} from '../../engine/language/tree/walk.js';
import { findAttribute, type TraceCatalogue, type ValueCount } from '../catalogue/catalogue.js';

/** What a rule costs to replay, as far as it shows in what is known of stored traces. */
export interface Cost {
  /** Attributes that are read of every span, each once. */
  readonly attributes: number;
  /** Filters, each once; what they leave is what order, counts and comparisons work on. */
  readonly filters: number;
  /** At most so many spans are left by one filter or another. */
  readonly spans: number;
}

/** An upper bound: parts of a filter are taken as if they went together as badly as they can. */
export function costOf(rule: ResolvedRule, catalogue: TraceCatalogue): Cost {
  const filters = new Map<string, Filter>();
  const attributes = new Set<string>();
  const read = (field: Field): void => {
    if (field.kind === 'attribute') attributes.add(`${field.scope}.${field.key}`);
  };
  for (const { pipeline, where } of pipelinesOf(rule)) {
    for (const expression of pipelineExpressions(pipeline))
      for (const field of fieldsOf(expression)) read(field);
    for (const spanset of spansetsOf(pipeline)) {
      if (spanset.kind !== 'filter') continue;
      const filter = narrowed(spanset, where);
      filters.set(JSON.stringify(filter.expression, withoutRanges), filter);
    }
    if (where !== undefined) for (const field of fieldsOf(where)) read(field);
  }
  for (const condition of conditionsOf(rule)) for (const field of scalarFields(condition)) read(field);
  const matched = [...filters.values()].map(({ expression }) =>
    expression === undefined ? catalogue.spans : mostSpans(expression, catalogue),
  );
  const spans = matched.reduce((sum, count) => sum + count, 0);
  return { attributes: attributes.size, filters: filters.size, spans: Math.min(spans, catalogue.spans) };
}

/** Of a pattern, or of a selection of metrics. */
interface Selected {
  readonly pipeline: Pipeline;
  readonly where?: FieldExpression;
}

function pipelinesOf(rule: ResolvedRule): readonly Selected[] {
  switch (rule.kind) {
    case 'trace':
    case 'flow':
      return conditionsOf(rule).flatMap((condition) =>
        [...patternsOf(condition)].map(({ pattern }) => pattern),
      );
    case 'window': {
      const { when, clauses } = rule.expanded;
      const tests = [...(when === undefined ? [] : [when]), ...clauses.map(({ test }) => test)];
      return tests.flatMap(({ series }) => [...selectionsOf(series)]);
    }
  }
}

function conditionsOf(rule: ResolvedRule): readonly Condition[] {
  switch (rule.kind) {
    case 'trace':
    case 'flow': {
      const { when, clauses } = rule.expanded;
      return [...(when === undefined ? [] : [when]), ...clauses.map(({ condition }) => condition)];
    }
    case 'window':
      return [];
  }
}

/** `{ a } where b` is `{ a && b }`. */
function narrowed(filter: Filter, where: FieldExpression | undefined): Filter {
  if (where === undefined) return filter;
  const { expression: left, range } = filter;
  const expression: FieldExpression =
    left === undefined ? where : { kind: 'binary', operator: '&&', left, right: where, range };
  return { ...filter, expression };
}

function withoutRanges(key: string, value: unknown): unknown {
  if (key === 'range' || key === 'parens') return undefined;
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** How many spans an expression can be true of. */
function mostSpans(expression: FieldExpression, catalogue: TraceCatalogue): number {
  const { spans } = catalogue;
  switch (expression.kind) {
    case 'literal':
    case 'unary':
    case 'call':
    case 'parameter':
      return spans;
    case 'field':
      return carriers(expression.field, catalogue);
    case 'in': {
      const { operand, items, negated } = expression;
      if (operand.kind !== 'field') return spans;
      if (negated) return carriers(operand.field, catalogue);
      return Math.min(spans, sum(items.map((item) => equalTo(operand.field, item, catalogue))));
    }
    case 'binary': {
      const { operator, left, right } = expression;
      if (operator === '&&') return Math.min(mostSpans(left, catalogue), mostSpans(right, catalogue));
      if (operator === '||') return Math.min(spans, mostSpans(left, catalogue) + mostSpans(right, catalogue));
      const [field, other] = left.kind === 'field' ? [left, right] : [right, left];
      if (field.kind !== 'field') return spans;
      if (other.kind === 'literal' && other.literal.kind === 'nil')
        return operator === '!=' ? carriers(field.field, catalogue) : spans;
      return operator === '=' && other.kind === 'literal'
        ? equalTo(field.field, other.literal, catalogue)
        : carriers(field.field, catalogue);
    }
  }
}

/** Spans that have the field at all: a comparison with what is missing is never true. */
function carriers(field: Field, catalogue: TraceCatalogue): number {
  if (field.kind === 'intrinsic' || field.hop !== 'self' || field.bound !== undefined) return catalogue.spans;
  // An event or a link is one of several of its span, so their number bounds that of the spans.
  const scopes = field.scope === 'any' ? (['span', 'resource'] as const) : [field.scope];
  const found = scopes.map((scope) => findAttribute(catalogue, scope, field.key)?.count ?? 0);
  return Math.min(catalogue.spans, sum(found));
}

function equalTo(field: Field, literal: Literal, catalogue: TraceCatalogue): number {
  const all = carriers(field, catalogue);
  if (literal.kind !== 'string' || field.hop !== 'self' || field.bound !== undefined) return all;
  if (field.kind === 'attribute' && field.scope === 'any') return all;
  const values = valuesOf(field, catalogue);
  const known = values.find(({ text }) => text === literal.value);
  if (known?.count !== undefined) return Math.min(all, known.count);
  // What is not among the most frequent is at most as frequent as the last of them.
  return Math.min(all, values.at(-1)?.count ?? all);
}

function valuesOf(field: Field, catalogue: TraceCatalogue): readonly ValueCount[] {
  if (field.kind === 'attribute') return findAttribute(catalogue, field.scope, field.key)?.values ?? [];
  return field.name === 'span:name' ? catalogue.spanNames : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
