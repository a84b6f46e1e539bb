import type { Pipeline, SpansetExpression } from '../../engine/language/tree/ast.js';
import { pipelineFields } from '../../engine/language/tree/walk-pipeline.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import type { ResultValue } from '../../engine/otlp/named-value.js';
import { isDuration, isDurationAggregate } from '../../engine/plan/duration.js';
import { type FieldPlan, itemOf } from '../../engine/plan/expression.js';
import { lowerField } from '../../engine/plan/lower/lower-expression.js';
import { planSearch, type SearchPlan, type ShownField } from '../../engine/plan/search.js';
import { goDuration } from '../../engine/query/go-duration.js';
import { searchRun } from '../../engine/query/search.js';
import type { FoundSpan, FoundTrace } from '../../engine/query/search-result.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import type { Store } from '../../engine/sql/store/store.js';
import { group, operation, pipeline as toPipeline } from './arbitrary/build.js';
import { mergeTraces } from './oracle/index.js';
import { searchTrace, shownValues } from './oracle/search.js';
import type { Value } from './oracle/values.js';
import { plainSql } from './plain-sql.js';

/** What a search gave, by trace id, in a form that two evaluators can be compared by: spansets in any order. */
export type SearchOutcome = Readonly<Record<string, readonly SpansetOutcome[]>>;

interface SpansetOutcome {
  readonly matched: number;
  /** `name=value`, in order of the text. */
  readonly made: readonly string[];
  /** `id name=value …`, in order of the spans. */
  readonly spans: readonly string[];
}

/** By the compiler: the query to SQL, run by DuckDB. */
export async function compiledSearch(
  db: Store,
  pipeline: Pipeline,
  traces: readonly Trace[],
): Promise<SearchOutcome> {
  const [outcome] = await compiledSearches(db, [pipeline], traces);
  return outcome!;
}

/** Several searches over relations that are filled once, with what any of them reads. */
export async function compiledSearches(
  db: Store,
  pipelines: readonly Pipeline[],
  traces: readonly Trace[],
): Promise<readonly SearchOutcome[]> {
  const together = pipelines.map<SpansetExpression>(group).reduce((a, b) => operation('||', a, b));
  const columns = await loadTraces(db, traces, planSearch(toPipeline(together)).needs);
  const outcomes: SearchOutcome[] = [];
  for (const pipeline of pipelines) {
    const plan = planSearch(pipeline);
    const found = await searchRun(
      {
        db,
        columns,
        traces: traces.length,
        spans: 0,
        blocks: { read: 0, bytes: 0, unread: [], warnings: [] },
        forEachUnit: async (evaluate) => await evaluate(false),
        allTraces: plainSql(`traces`),
        countSpans: () => Promise.reject(new Error('not asked')),
        spansNear: () => plainSql(`SELECT * FROM spans`),
        checkBlocks: async () => undefined,
      },
      { plan, limit: 1_000_000, spansPerSpanset: 1_000_000 },
    );
    outcomes.push(outcomeOf(found, plan));
  }
  return outcomes;
}

export function outcomeOf(found: readonly FoundTrace[], plan: SearchPlan): SearchOutcome {
  const items = new Set(plan.shown.filter(isOfItem).map(({ name }) => name));
  const spanText = ({ spanId, attributes }: FoundSpan): string =>
    [
      spanId,
      ...attributes.map(({ name, value }) => (items.has(name) ? name : `${name}=${resultText(value)}`)),
    ].join(' ');
  return Object.fromEntries(
    found.map(({ traceId, spansets }) => [
      traceId,
      sorted(
        spansets.map(({ matched, attributes, spans }) => ({
          matched,
          made: attributes.map(({ name, value }) => `${name}=${resultText(value)}`),
          spans: spans.map(spanText),
        })),
      ),
    ]),
  );
}

/** By the slow evaluator. */
export function oracleSearch(pipeline: Pipeline, traces: readonly Trace[]): SearchOutcome {
  const plan = planSearch(pipeline);
  const durations = durationsMade(plan);
  const sources = [...pipelineFields(pipeline)];
  const fields = plan.shown.map((shownField) => ({
    ...shownField,
    source: sources.find(
      (field) =>
        JSON.stringify(lowerField(field, 'at hand')) === JSON.stringify(withoutAmong(shownField.field)),
    )!,
  }));
  return Object.fromEntries(
    mergeTraces(traces).flatMap((trace) => {
      const spanText = (span: Span): string =>
        [
          span.spanId,
          ...fields.flatMap((field) => {
            const [value] = shownValues(field.source, span, trace, pipeline);
            if (value === undefined) return [];
            return [isOfItem(field) ? field.name : `${field.name}=${valueText(value, field.duration)}`];
          }),
        ].join(' ');
      const spansets = searchTrace(pipeline, trace).map(({ made, spans }) => ({
        matched: spans.length,
        made: made.map(({ name, value }) => `${name}=${valueText(value, durations.has(name))}`),
        spans: spans.map(spanText),
      }));
      return spansets.length === 0 ? [] : [[trace.traceId, sorted(spansets)]];
    }),
  );
}

function withoutAmong({ among: _, ...field }: FieldPlan): FieldPlan {
  return field;
}

/** Several events of a span may have a field; which of their values are shown has tests of its own. */
function isOfItem({ field }: ShownField): boolean {
  return itemOf(field) !== undefined;
}

/** The names of what `by` and aggregates make that is a duration. */
function durationsMade({ stages }: SearchPlan): ReadonlySet<string> {
  return new Set(
    stages.flatMap((stage) => {
      if (stage.kind === 'by')
        return stage.text.filter((_, n) => isDuration(stage.expressions[n]!)).map((text) => `by(${text})`);
      if (stage.kind !== 'aggregate') return [];
      return stage.text.filter((_, n) => isDurationAggregate(n === 0 ? stage.left : stage.right));
    }),
  );
}

function sorted(spansets: readonly SpansetOutcome[]): readonly SpansetOutcome[] {
  return [...spansets].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Doubles without their last digits, which depend on the order of a sum. */
function doubleText(value: number): string {
  return `double ${value === 0 ? 0 : Number(value.toPrecision(12))}`;
}

function resultText(value: ResultValue): string {
  if (value === null) return 'nil';
  if (typeof value === 'object') return `[${value.map((scalarValue) => resultText(scalarValue)).join(', ')}]`;
  if (typeof value === 'number') return doubleText(value);
  return `${typeof value === 'bigint' ? 'int' : typeof value} ${value}`;
}

function valueText(value: Value, duration: boolean): string {
  switch (value.kind) {
    case 'nil':
      return 'nil';
    case 'several':
      return valueText(value.values[0]!, duration);
    case 'array':
      return `[${value.elements.map((element) => valueText(element, false)).join(', ')}]`;
    case 'int':
      return duration ? `string ${goDuration(value.value)}` : `int ${value.value}`;
    case 'double':
      return duration && Number.isFinite(value.value)
        ? `string ${goDuration(BigInt(Math.trunc(value.value)))}`
        : doubleText(value.value);
    case 'bool':
      return `boolean ${value.value}`;
    case 'id':
      return `string ${value.shown}`;
    default:
      return `string ${value.value}`;
  }
}
