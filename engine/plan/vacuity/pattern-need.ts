import type { Expression } from '../expression.js';
import type { AggregatePlan, PatternPlan, SpansetPlan, StagePlan } from '../plan.js';
import { trueNeed, valueNeed } from './expression-need.js';
import { allOf, anyOf, IMPOSSIBLE, type Need, NOTHING } from './need.js';
import { ANY, between, calculated, NONE, negated, outcomesOf, type Values } from './range.js';
import { type Source, subsetNeed } from './subsets.js';

/** What a pattern needs of the data of a run. */
export interface PatternNeeds {
  /** To have spans. */
  readonly spans: Need;
  /** To match, be it without spans as `{ … } | count() = 0` does. */
  readonly match: Need;
  /** Not to match. */
  readonly miss: Need;
}

export function patternNeeds(
  { bound, stages }: Pick<PatternPlan, 'bound' | 'stages'>,
  predicates: readonly Expression[],
): PatternNeeds {
  if (bound !== undefined) return { spans: NOTHING, match: NOTHING, miss: IMPOSSIBLE };
  const { spans, empty } = flow(stages, predicates);
  return {
    spans,
    match: empty?.accepted ? NOTHING : spans,
    miss: empty?.accepted ? empty.miss : NOTHING,
  };
}

interface Flow {
  readonly spans: Need;
  /** Whether the spans are in groups, of which there is none without spans. */
  readonly grouped: boolean;
  /** Of a trace that has no spans left: whether the aggregates so far hold nevertheless, and what they need not to. */
  readonly empty?: { readonly accepted: boolean; readonly miss: Need };
}

function flow(stages: readonly StagePlan[], predicates: readonly Expression[]): Flow {
  let flow: Flow = { spans: NOTHING, grouped: false };
  for (const stage of stages) flow = after(stage, flow, predicates);
  return flow;
}

function after(stage: StagePlan, { spans, grouped, empty }: Flow, predicates: readonly Expression[]): Flow {
  switch (stage.kind) {
    case 'spanset': {
      const { expression } = stage;
      const own: Pick<Flow, 'spans' | 'empty'> =
        expression.kind === 'group'
          ? flow(expression.stages, predicates)
          : { spans: spansetNeed(expression, predicates) };
      const kept = allOf([spans, own.spans]);
      return own.empty === undefined || grouped
        ? { spans: kept, grouped }
        : { spans: kept, grouped, empty: own.empty };
    }
    case 'by':
      // Without the key all spans are one group, which is not what was asked for.
      return { spans: allOf([spans, ...stage.expressions.map(valueNeed)]), grouped: true };
    case 'coalesce':
      return empty === undefined ? { spans, grouped } : { spans, grouped, empty };
    case 'aggregate':
      return afterAggregate(stage, { spans, grouped, ...(empty === undefined ? {} : { empty }) });
  }
}

type AggregateStage = Extract<StagePlan, { kind: 'aggregate' }>;

function afterAggregate({ operator, left, right }: AggregateStage, { spans, grouped, empty }: Flow): Flow {
  const some: Source = { need: spans };
  const calls = [...callsIn(left), ...callsIn(right)];
  const argumentsOf = new Map(
    calls.flatMap((call) =>
      call.argument === undefined ? [] : [[call, { need: valueNeed(call.argument) }] as const],
    ),
  );
  const sources = [some, ...argumentsOf.values()];
  const outcomes = (there: (source: Source) => boolean): ReadonlySet<boolean> => {
    const valuesOf = (call: CallPlan): Values => {
      if (call.function === 'count')
        return there(some) ? between(0, Number.POSITIVE_INFINITY) : between(0, 0);
      const argument = argumentsOf.get(call);
      return there(some) && (argument === undefined || there(argument)) ? ANY : NONE;
    };
    return outcomesOf(operator, aggregateValues(left, valuesOf), aggregateValues(right, valuesOf));
  };
  const held = subsetNeed(sources, (there) => there(some) && outcomes(there).has(true));
  const kept = allOf([spans, held]);
  if (grouped) return { spans: kept, grouped };
  const holdsEmpty = outcomes(() => false).has(true);
  const missed = subsetNeed(sources, (there) => {
    const found = outcomes(there);
    return !found.has(true) || found.has(false);
  });
  return {
    spans: kept,
    grouped,
    empty: {
      accepted: holdsEmpty && (empty?.accepted ?? true),
      miss: anyOf([missed, ...(empty === undefined ? [] : [empty.miss])]),
    },
  };
}

type CallPlan = Extract<AggregatePlan, { kind: 'call' }>;

function callsIn(side: AggregatePlan): readonly CallPlan[] {
  switch (side.kind) {
    case 'constant':
      return [];
    case 'call':
      return [side];
    case 'arithmetic':
      return [...callsIn(side.left), ...callsIn(side.right)];
    case 'negate':
      return callsIn(side.operand);
  }
}

function aggregateValues(side: AggregatePlan, valuesOf: (call: CallPlan) => Values): Values {
  switch (side.kind) {
    case 'constant':
      return constantValues(side.constant);
    case 'call':
      return valuesOf(side);
    case 'arithmetic':
      return calculated(
        side.operator,
        aggregateValues(side.left, valuesOf),
        aggregateValues(side.right, valuesOf),
      );
    case 'negate':
      return negated(aggregateValues(side.operand, valuesOf));
  }
}

export function constantValues(constant: Extract<Expression, { kind: 'constant' }>): Values {
  if (constant.type !== 'int' && constant.type !== 'double') return ANY;
  const value = Number(constant.value);
  return between(value, value);
}

/** What it needs for a spanset to have spans. */
function spansetNeed(spanset: SpansetPlan, predicates: readonly Expression[]): Need {
  switch (spanset.kind) {
    case 'leaf': {
      const predicate = predicates[spanset.predicate];
      const { residual } = spanset;
      return allOf([
        ...(predicate === undefined ? [] : [trueNeed(predicate)]),
        ...(residual === undefined ? [] : [trueNeed(residual)]),
      ]);
    }
    case 'bound':
      return NOTHING;
    case 'group':
      return flow(spanset.stages, predicates).spans;
    case 'operation': {
      const [left, right] = [spansetNeed(spanset.left, predicates), spansetNeed(spanset.right, predicates)];
      if (spanset.operator === '||') return anyOf([left, right]);
      // The negated operators want no span on the left.
      return spanset.operator.startsWith('!') ? right : allOf([left, right]);
    }
  }
}
