import { printField } from '../language/print/print-field.js';
import type { Field, Intrinsic, Pipeline } from '../language/tree/ast.js';
import { shortestSpelling } from '../language/tree/intrinsics.js';
import { pipelineFields } from '../language/tree/walk-pipeline.js';
import type { Among } from './chosen-items.js';
import { isDuration } from './duration.js';
import { type Expression, type FieldPlan, itemOf } from './expression.js';
import { lowerField } from './lower/lower-expression.js';
import { lowerStages, Predicates } from './lower/lower-pattern.js';
import { columnNeeds } from './needs.js';
import type { StagePlan } from './plan.js';
import type { ColumnNeeds } from './schema.js';

/** What a search does, as plain JSON. */
export interface SearchPlan {
  /** Distinct filters; leaves of `stages` refer to them by index. */
  readonly predicates: readonly Expression[];
  readonly stages: readonly StagePlan[];
  /** What is shown of each span in addition to its id, name, start and duration, in the order of the text. */
  readonly shown: readonly ShownField[];
  readonly needs: ColumnNeeds;
}

export interface ShownField {
  readonly name: string;
  readonly field: FieldPlan;
  /** Its ints are nanoseconds. */
  readonly duration: boolean;
}

/** The plan of a checked search without let-names. */
export function planSearch(pipeline: Pipeline): SearchPlan {
  const predicates = new Predicates();
  const { stages, among } = lowerStages(withoutParens(pipeline).stages, undefined, predicates);
  const shown = shownFields(pipeline, among);
  return {
    predicates: predicates.all,
    stages,
    shown,
    needs: columnNeeds(predicates.all, [], { stages, fields: shown.map(({ field }) => field), status: true }),
  };
}

/** Parentheses around the whole of a search change nothing: its groups stay apart. */
function withoutParens(pipeline: Pipeline): Pipeline {
  const [stage, ...more] = pipeline.stages;
  if (stage?.kind !== 'spanset' || more.length > 0 || stage.expression.kind !== 'group') return pipeline;
  return withoutParens(stage.expression.pipeline);
}

/** What every result has anyway, of the span or of its trace. */
const ALWAYS_SHOWN: ReadonlySet<Intrinsic> = new Set([
  'span:id',
  'span:name',
  'span:start',
  'span:duration',
  'trace:id',
  'trace:start',
  'trace:end',
  'trace:duration',
  'trace:rootName',
  'trace:rootService',
]);

/**
 * The fields that the query mentions or selects. As in Tempo, an attribute is named by its key without the scope; only
 * where two would have one name, by their spelling in a query.
 */
function shownFields(pipeline: Pipeline, among: Among): readonly ShownField[] {
  const fields = new Map<string, { readonly field: Field; readonly plan: FieldPlan }>();
  for (const field of pipelineFields(pipeline)) {
    const read = lowerField(field, 'at hand');
    const item = itemOf(read);
    const filter = item === undefined ? undefined : among[item];
    // Of events and links those are shown that satisfied the filter.
    const plan = filter === undefined ? read : { ...read, among: filter };
    const known = field.kind === 'intrinsic' && field.hop === 'self' && ALWAYS_SHOWN.has(field.name);
    if (!known) fields.set(JSON.stringify(plan), { field, plan });
  }
  const names = [...fields.values()].map(({ field }) => shortName(field));
  return [...fields.values()].map(({ field, plan }, n) => {
    const short = names[n]!;
    const shared = names.some((name, other) => name === short && other !== n);
    return {
      name: shared ? printField(field) : short,
      field: plan,
      duration: isDuration({ kind: 'field', field: plan }),
    };
  });
}

function shortName(field: Field): string {
  if (field.hop !== 'self') return printField(field);
  return field.kind === 'attribute' ? field.key : shortestSpelling(field.name);
}
