import { printExpression, printPipeline } from '../../engine/language/print/print-expression.js';
import { expandPipeline } from '../../engine/language/scope/expand.js';
import type { Scopes } from '../../engine/language/scope/scope.js';
import type { File, Filter, Pattern, Pipeline, Range } from '../../engine/language/tree/ast.js';
import type { Query } from '../../engine/language/tree/ast-query.js';
import { fieldsOf, patternsOf, pipelineFields, spansetsOf } from '../../engine/language/tree/walk.js';
import { nodesOf, parametersIn } from '../../engine/language/tree/walk-tree.js';

/** A part of a text that spans match by themselves, and the query of TraceQL that finds them. */
export interface MatchQuestion {
  readonly range: Range;
  readonly query: string;
  /** The rule that it is in; undefined elsewhere. */
  readonly rule?: string;
}

/** What spans a pattern matches; undefined where they are other spans in each case, as it reads bound ones. */
export function questionOf(pattern: Pattern, path: string, scopes: Scopes): MatchQuestion | undefined {
  const pipeline = expandPipeline(path, pattern.pipeline, scopes);
  if (readsOthers(pipeline, pattern)) return undefined;
  const narrowing = pattern.where === undefined ? '' : ` | { ${printExpression(pattern.where)} }`;
  const { start } = pattern.pipeline.range;
  const { end } = pattern.where?.range ?? pattern.pipeline.range;
  return { range: { start, end }, query: `${printPipeline(pipeline)}${narrowing}` };
}

/** The question at an offset: of the pattern there, of a `let`, of a query, or else of the filter. */
export function questionAt(
  tree: File | Query,
  offset: number,
  path: string,
  scopes: Scopes,
): MatchQuestion | 'bound' | undefined {
  const place = placeAt(tree, offset);
  if (place !== undefined) {
    const found = questionOf(place.pattern, path, scopes);
    return found === undefined
      ? 'bound'
      : { ...found, ...(place.rule !== undefined && { rule: place.rule }) };
  }
  const filters = ([...nodesOf(tree, 'filter')] as Filter[]).filter(({ range }) => holds(range, offset));
  const [filter] = filters.sort((a, b) => a.range.end - a.range.start - (b.range.end - b.range.start));
  if (filter === undefined) return undefined;
  const { range } = filter;
  const pipeline: Pipeline = { range, stages: [{ kind: 'spanset', range, expression: filter }] };
  return questionOf({ range, pipeline }, path, scopes) ?? 'bound';
}

/** Of every pattern of a file that has one. */
export function patternQuestions(
  file: File | undefined,
  path: string,
  scopes: Scopes,
): readonly MatchQuestion[] {
  return (file?.items ?? [])
    .flatMap(placesOf)
    .flatMap(({ pattern }) => questionOf(pattern, path, scopes) ?? []);
}

interface PatternPlace {
  readonly pattern: Pattern;
  readonly rule?: string;
}

function placeAt(tree: File | Query, offset: number): PatternPlace | undefined {
  const places = 'items' in tree ? tree.items.flatMap(placesOf) : placesOfQuery(tree);
  return places.find(({ pattern: { range } }) => holds(range, offset));
}

function placesOf(item: File['items'][number]): readonly PatternPlace[] {
  if (item.kind === 'let') return [{ pattern: { range: item.value.range, pipeline: item.value } }];
  if (item.kind !== 'rule') return [];
  return item.clauses
    .flatMap(({ condition }) => [...patternsOf(condition)])
    .map(({ pattern }) => ({ pattern, rule: item.id.text }));
}

function placesOfQuery(query: Query): readonly PatternPlace[] {
  if (query.kind === 'search')
    return [{ pattern: { range: query.pipeline.range, pipeline: query.pipeline } }];
  if (query.kind !== 'rule') return [];
  return query.clauses
    .flatMap(({ condition }) => [...patternsOf(condition)])
    .map(({ pattern }) => ({ pattern }));
}

/** It means other spans in each case, or with each value of a parameter. */
function readsOthers(pipeline: Pipeline, { where }: Pattern): boolean {
  if (parametersIn(pipeline).length > 0) return true;
  for (const { kind } of spansetsOf(pipeline)) if (kind === 'name') return true;
  const fields = [...pipelineFields(pipeline), ...(where === undefined ? [] : fieldsOf(where))];
  return fields.some(({ bound }) => bound !== undefined);
}

function holds({ start, end }: Range, offset: number): boolean {
  return start <= offset && offset <= end;
}
