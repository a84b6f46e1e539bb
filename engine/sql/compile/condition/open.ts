/**
 * What of a case that sees beyond the end of a run is decided already: a test that holds and cannot be undone by more spans, or one that
 * fails and that no span from the end on can make hold. The language reference has the rules ("Undecided").
 */
import { falls, readsOnlyOwn, rises } from '../../../plan/classify.js';
import { upperEdge } from '../../../plan/edges.js';
import { conjuncts, type Expression } from '../../../plan/expression.js';
import type {
  ConditionPlan,
  PatternPlan,
  RelationPlan,
  ScalarPlan,
  SequencePlan,
  SpansetPlan,
} from '../../../plan/plan.js';
import { forEachPattern } from '../../../plan/visit.js';
import { int } from '../../text/operations.js';
import { FALSE, join, NULL, name, type Sql, sql, TRUE } from '../../text/sql.js';
import { compileCondition } from './condition.js';
import type { ConditionContext } from './condition-context.js';
import { flipped, type Mode, tolerance } from './mode.js';

/** A condition of a case, in terms of the columns of its tests. */
export interface Decided {
  /** True, false, or null for "cannot tell", by what is there. */
  readonly holds: Sql;
  /** Whether that may change; never null. */
  readonly open: Sql;
}

/** The tests of conditions as columns of cases, so that each is computed once however often it is looked at. */
export class Tests {
  readonly columns: Sql[] = [];
  readonly names: string[] = [];
  /** Columns of the last times at which spans may start that change some test; a test without one may change while the case is open. */
  private readonly lasts: Sql[] = [];

  constructor(
    private readonly context: ConditionContext,
    private readonly predicates: readonly Expression[],
    /** From when on spans may be missing; undefined for never. */
    private readonly endNs: bigint | undefined,
  ) {}

  decide(condition: ConditionPlan, mode: Mode): Decided {
    switch (condition.kind) {
      case 'and':
        return both(condition.operands.map((operand) => this.decide(operand, mode)));
      case 'or':
        return negated(both(condition.operands.map((operand) => negated(this.decide(operand, mode)))));
      case 'not':
        return negated(this.decide(condition.operand, flipped(mode)));
      default:
        return this.test(condition, mode);
    }
  }

  private test(condition: Exclude<ConditionPlan, { kind: 'and' | 'or' | 'not' }>, mode: Mode): Decided {
    const holds = this.column(sql`${compileCondition(condition, mode, this.context)}`);
    const { endNs } = this;
    if (endNs === undefined) return { holds, open: FALSE };
    const own = readsOnlyOwn(condition, this.predicates);
    const vacuously = mode === 'always' && mayHoldVacuously(condition);
    const [onlyRises, onlyFalls] = [own && !vacuously && rises(condition), own && falls(condition)];
    if (own && isFixed(condition, onlyRises && onlyFalls)) return { holds, open: FALSE };
    const last = own && !vacuously ? this.lastStart(condition, mode) : undefined;
    const inTime = last === undefined ? TRUE : sql`${this.lastColumn(last)} >= ${int(endNs)}`;
    const mayChange = onlyRises ? sql`${holds} IS NOT TRUE` : onlyFalls ? sql`${holds} IS NOT FALSE` : TRUE;
    return { holds, open: sql`(is_open AND ${mayChange} AND ${inTime})` };
  }

  /** The next of those times, and of `last_ns` of the case, that is not over: what is open up to it is to be looked at again then. */
  nextLast(): Sql {
    const { endNs } = this;
    if (endNs === undefined) return NULL;
    const next = [sql`last_ns`, ...this.lasts].map(
      (last) => sql`CASE WHEN ${last} >= ${int(endNs)} THEN ${last} END`,
    );
    return next.length === 1 ? next[0]! : sql`least(${join(next, ', ')})`;
  }

  private lastColumn(last: Sql): Sql {
    const column = this.column(last);
    this.lasts.push(column);
    return column;
  }

  private column(value: Sql): Sql {
    const called = `t${this.columns.length}`;
    this.names.push(called);
    this.columns.push(sql`${value} AS ${name(called)}`);
    return name(called);
  }

  /** The last time at which a span may start that changes the truth of a test; undefined where any may that the case sees. */
  private lastStart(condition: ConditionPlan, mode: Mode): Sql | undefined {
    const slack = tolerance(mode, this.context.skewNs);
    switch (condition.kind) {
      case 'relation':
        return this.lastOfRelation(condition, slack);
      case 'sequence':
        return this.lastOfSequence(condition, slack);
      case 'between': {
        const { from, to } = condition;
        // Both delimiters are there: only what lies between them is looked for.
        return from.bound === undefined || to.bound === undefined || !isEarly(condition.pattern)
          ? undefined
          : plus(sql`${this.bound(to.bound)}start_ns`, slack);
      }
      case 'exists':
        return this.lastOfPattern(condition.pattern);
      case 'compare':
        return latest([condition.left, condition.right].map((side) => this.lastOfScalar(side)));
      case 'present':
        return this.lastOfScalar(condition.scalar);
      case 'and':
      case 'or':
      case 'not':
        return undefined;
    }
  }

  private lastOfRelation({ relation, left, right, gap }: RelationPlan, slack: bigint): Sql | undefined {
    const [bound, isRight] = right.bound === undefined ? [left.bound, false] : [right.bound, true];
    if (bound === undefined) return undefined;
    if (![left, right].every(isEarly)) return undefined;
    const start = sql`${this.bound(bound)}start_ns`;
    const end = sql`${this.bound(bound)}end_ns`;
    const behind = (edge: Sql): Sql | undefined =>
      gap.within === undefined ? undefined : plus(edge, BigInt(gap.within) + slack);
    // `x before A` is `A after x`.
    switch (relation) {
      case 'before':
        return isRight ? plus(start, slack) : behind(end);
      case 'after':
        return isRight ? behind(end) : plus(start, slack);
      case 'starts before':
        return isRight ? plus(start, slack - 1n) : behind(start);
      case 'starts after':
        return isRight ? behind(start) : plus(start, slack - 1n);
      case 'ends before':
        return isRight ? plus(end, slack - 1n) : behind(end);
      case 'ends after':
        return isRight ? behind(end) : plus(end, slack - 1n);
      case 'during':
        // A span around this one starts before it.
        return plus(isRight ? end : start, slack);
      case 'overlaps':
        return plus(end, slack - 1n);
      case 'under':
      case 'over':
        return undefined;
    }
  }

  private lastOfSequence({ steps, gap }: SequencePlan, slack: bigint): Sql | undefined {
    const [first, last] = [steps[0]!.pattern.bound, steps.at(-1)!.pattern.bound];
    if (!steps.every(({ without, pattern }) => [...without, pattern].every(isEarly))) return undefined;
    // Clocks may differ from each step to the next.
    const most = slack > 0n ? slack * BigInt(steps.length - 1) : slack;
    if (last !== undefined) return plus(sql`${this.bound(last)}start_ns`, most);
    return first === undefined || gap.within === undefined
      ? undefined
      : plus(sql`${this.bound(first)}start_ns`, BigInt(gap.within) + most);
  }

  private lastOfScalar(scalar: ScalarPlan): Sql | undefined {
    switch (scalar.kind) {
      case 'constant':
      case 'field':
        return NOTHING;
      case 'aggregate':
        return this.lastOfPattern(scalar.pattern);
      case 'arithmetic':
        return latest([this.lastOfScalar(scalar.left), this.lastOfScalar(scalar.right)]);
      case 'negate':
      case 'call':
        return this.lastOfScalar(scalar.operand);
    }
  }

  /** Where a filter compares the start of a span with an edge of a bound span: `span:start <= x.start`. */
  private lastOfPattern({ bound, stages }: PatternPlan): Sql | undefined {
    if (bound !== undefined) return NOTHING;
    const [only, ...others] = stages;
    if (only?.kind !== 'spanset' || others.length > 0 || only.expression.kind !== 'leaf') return undefined;
    const { residual } = only.expression;
    const limits = (residual === undefined ? [] : conjuncts(residual)).flatMap((part) => {
      const edge = upperEdge(part);
      return edge === undefined ? [] : [sql`${this.bound(edge.bound)}${name(edge.column)}`];
    });
    return limits.length > 1 ? sql`least(${join(limits, ', ')})` : limits[0];
  }

  private bound(called: string): Sql {
    return this.context.domain.bound.get(called)!;
  }
}

/** Earlier than any span. */
const NOTHING = int(-1n);

function plus(edge: Sql, ns: bigint): Sql {
  return ns === 0n ? edge : sql`${edge} + ${int(ns)}`;
}

function latest(times: readonly (Sql | undefined)[]): Sql | undefined {
  const known = times.filter((time) => time !== undefined);
  if (known.length < times.length) return undefined;
  return known.length > 1 ? sql`greatest(${join(known, ', ')})` : known[0];
}

/** Whether a test is about bound spans and nothing else. */
function isFixed(condition: ConditionPlan, isSettled: boolean): boolean {
  let bound = true;
  let patterns = 0;
  forEachPattern(condition, (pattern) => {
    patterns++;
    bound &&= pattern.bound !== undefined;
  });
  return isSettled || (patterns > 0 && bound);
}

/** Whether a span matches by what is there when it starts: nothing that starts later is counted or asked for. */
function isEarly({ stages }: Pick<PatternPlan, 'stages'>): boolean {
  return stages.every((stage) => stage.kind === 'spanset' && spansetIsEarly(stage.expression));
}

function spansetIsEarly(spanset: SpansetPlan): boolean {
  switch (spanset.kind) {
    case 'leaf':
    case 'bound':
      return true;
    case 'group':
      return isEarly(spanset);
    case 'operation':
      return spanset.operator !== '&&' && spansetIsEarly(spanset.left) && spansetIsEarly(spanset.right);
  }
}

/** Whether a clause holds where what it refers to is not there, as it may come to be. */
function mayHoldVacuously(condition: ConditionPlan): boolean {
  if (condition.kind === 'relation') return condition.right.bound === undefined;
  return (
    condition.kind === 'between' && (condition.from.bound === undefined || condition.to.bound === undefined)
  );
}

// --------------------------------------------------------------------------------------------------- and, or, not

/** Where one is false for good, all are; else more spans may matter where they matter to any. */
function both(all: readonly Decided[]): Decided {
  const falseForGood = all.map(({ holds, open }) => sql`(${holds} IS FALSE AND NOT ${open})`);
  return {
    holds: sql`(${join(
      all.map(({ holds }) => holds),
      ' AND ',
    )})`,
    open: sql`(NOT (${join(falseForGood, ' OR ')}) AND (${join(
      all.map(({ open }) => open),
      ' OR ',
    )}))`,
  };
}

function negated({ holds, open }: Decided): Decided {
  return { holds: sql`(NOT ${holds})`, open };
}
