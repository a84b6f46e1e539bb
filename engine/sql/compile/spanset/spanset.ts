import type { SpansetOperator } from '../../../language/tree/ast.js';
import { type Expression, isPlain } from '../../../plan/expression.js';
import { itemCases } from '../../../plan/item-cases.js';
import type { LeafPlan } from '../../../plan/leaves.js';
import { forEachLateExpression } from '../../../plan/lower/lower-pattern.js';
import type { PatternPlan, SpansetPlan, StagePlan } from '../../../plan/plan.js';
import { TRACES } from '../../tables.js';
import { allBut, antiJoin, semiJoin } from '../../text/operations.js';
import { EMPTY, join, name, names, type Sql, sql } from '../../text/sql.js';
import type { PatternContext } from '../condition/condition-context.js';
import type { Ctes } from '../ctes.js';
import { CASE_ALIAS, type Domain, spansTraces, TRACE_DOMAIN } from '../domain.js';
import { hasNone, itemAliases, itemJoins } from '../scan/item-case.js';
import { compileBoolean, compileValue, type Scope } from '../value/expression.js';
import { groupKey, type Value } from '../value/value.js';
import { holdsForEmpty, holdsForSpanset, namedColumns } from './aggregate.js';
import { type WithChosenItems, withChosenItems } from './chosen-items.js';
import { relatedSql, structureOf } from './structure.js';

/**
 * Spans as a relation. `keys` are its key columns: `k0`, the trace or case, and one more for each `by`; none is null.
 */
export interface SpanSet {
  /** A table expression with the keys and `row`. */
  readonly narrow: Sql;
  /** The same with all columns of `matched`. */
  readonly wide: Sql;
  /** The same with the nested set numbers and no more, where that is cheaper. */
  readonly placed?: Sql;
  readonly keys: readonly string[];
  /** A SELECT of the `k0` that match although they have no spans, as an aggregate such as `count() = 0` does; absent for none. */
  readonly empties?: Sql;
  /**
   * The `k0` without spans that an aggregate to come is still asked about: a SELECT of them, or `rest` for whoever is not in
   * `narrow`. Absent for none, as after `by`, or where an earlier aggregate did not hold.
   */
  readonly open?: Sql | typeof REST;
}

const REST = 'rest';

/** The spans that a pattern matches. */
export function compilePattern(pattern: PatternPlan, { domain, ctes }: PatternContext): SpanSet {
  return compileStages(pattern.stages, undefined, { domain: pattern.perCase ? domain : TRACE_DOMAIN, ctes });
}

/** The spansets that a search ends with, apart, and what its aggregates gave for each. */
export interface FoundSpansets extends SpanSet {
  readonly aggregates: readonly AggregateColumns[];
}

/** A table expression with `keys`, the first of those that the spansets have in the end, and the columns that `sides` names. */
export interface AggregateColumns {
  readonly stage: AggregateStagePlan;
  readonly table: Sql;
  readonly keys: readonly string[];
  readonly sides: readonly [Value, Value];
}

type AggregateStagePlan = Extract<StagePlan, { kind: 'aggregate' }>;

/** As `compilePattern`, but groups stay apart. What is made before a `coalesce` is forgotten, as in Tempo. */
export function compileSearch(stages: readonly StagePlan[], ctes: Ctes): FoundSpansets {
  const context = { domain: TRACE_DOMAIN, ctes };
  let aggregates: AggregateColumns[] = [];
  let set: SpanSet | undefined;
  for (const stage of stages) {
    if (stage.kind === 'coalesce') aggregates = [];
    set = compileStage(stage, set, { outer: ['k0'], note: (made) => void aggregates.push(made) }, context);
  }
  if (set === undefined) throw new Error('a search without stages');
  return { ...set, aggregates };
}

function compileStages(
  stages: readonly StagePlan[],
  input: SpanSet | undefined,
  context: PatternContext,
): SpanSet {
  const outer = input?.keys ?? ['k0'];
  let set = input;
  for (const stage of stages) set = compileStage(stage, set, { outer }, context);
  if (set === undefined) throw new Error('a pattern without stages');
  return set.keys.length === outer.length ? set : keepEmpties(distinct(set, outer, context.ctes), set);
}

interface Pipeline {
  /** The keys that spansets have outside of it. */
  readonly outer: readonly string[];
  /** Gets what each aggregate gave. */
  readonly note?: (made: AggregateColumns) => void;
}

function compileStage(
  stage: StagePlan,
  input: SpanSet | undefined,
  { outer, note }: Pipeline,
  context: PatternContext,
): SpanSet {
  const { domain, ctes } = context;
  if (stage.kind === 'spanset') {
    const { expression } = stage;
    if (expression.kind !== 'group')
      return withOpen(compileSpanset(expression, input, context), undefined, input);
    const set = compileStages(expression.stages, input, context);
    return withOpen(set, set.empties, input);
  }
  if (input === undefined) throw new Error(`a pipeline starts with ${stage.kind}`);
  switch (stage.kind) {
    case 'coalesce':
      return keepEmpties(distinct(input, outer, ctes), input);
    case 'by': {
      const added = stage.expressions.map((_, n) => `k${input.keys.length + n}`);
      const scope = rowScope(sql`m`, context);
      const values = stage.expressions.map(
        (expression, n) => sql`${groupKey(compileValue(expression, scope))} AS ${name(added[n]!)}`,
      );
      const { wide, columns } = chosenItems(input, stage.expressions, context);
      const from = sql`${wide} m${joinCases(domain, sql`m.k0`)}`;
      const all = columns.length === 0 ? sql`m.*` : allBut(columns, sql`m`);
      const grouped = ctes.add('grouped', sql`SELECT ${all}, ${join(values, ', ')} FROM ${from}`);
      return { narrow: grouped, wide: grouped, keys: [...input.keys, ...added] };
    }
    case 'aggregate': {
      const { columns, sides, holds } = holdsForSpanset(stage, rowScope(sql`m`, context));
      const measured = chosenItems(input, argumentsOf(stage), context);
      const from = sql`${measured.wide} m${joinCases(domain, sql`m.k0`)}`;
      const keys = keyList(sql`m`, input.keys);
      const groups = sql`(SELECT ${join([keys, ...columns], ', ')} FROM ${from} GROUP BY ${keys})`;
      const kept = sql`SELECT * FROM ${groups} WHERE ${holds}`;
      note?.(aggregateColumns(stage, groups, input.keys, sides));
      const passed = ctes.add(
        'passed',
        sql`SELECT i.* FROM ${input.narrow} i ${semiJoin(sql`(${kept}) h`, { using: input.keys })}`,
      );
      const set = fromTable(passed, input.keys, ctes);
      const without = holdsForEmpty(stage);
      if (input.open === undefined || without === undefined) return set;
      const universe =
        domain.kind === 'trace'
          ? sql`SELECT trace AS k0 FROM ${TRACES}`
          : sql`SELECT id AS k0 FROM ${domain.cases}`;
      const open =
        input.open === REST
          ? sql`SELECT k0 FROM (${universe}) ${antiJoin(sql`${input.narrow} i`, { using: ['k0'] })}`
          : input.open;
      const empties = sql`SELECT k0 FROM (${open}) WHERE ${without}`;
      return { ...set, empties, open: empties };
    }
  }
}

function aggregateColumns(
  stage: AggregateStagePlan,
  groups: Sql,
  keys: readonly string[],
  [left, right]: readonly [Value, Value],
): AggregateColumns {
  const columns: Sql[] = [];
  const sides = [namedColumns(left, 'l', columns), namedColumns(right, 'r', columns)] as const;
  return {
    stage,
    table: sql`(SELECT ${join([...names(keys), ...columns], ', ')} FROM ${groups})`,
    keys,
    sides,
  };
}

function compileSpanset(spanset: SpansetPlan, input: SpanSet | undefined, context: PatternContext): SpanSet {
  const { domain, ctes } = context;
  switch (spanset.kind) {
    case 'leaf':
      return compileLeaf(spanset, input, context);
    case 'group':
      return spansOf(compileStages(spanset.stages, input, context));
    case 'bound': {
      if (domain.kind !== 'case') throw new Error('a bound span outside a case');
      const prefix = domain.bound.get(spanset.name)!;
      const select = (columns: readonly string[]): Sql =>
        sql`SELECT ${join([sql`${CASE_ALIAS}.id AS k0`, ...columns.map((column) => sql`${prefix}${name(column)} AS ${name(column)}`)], ', ')} FROM ${domain.cases} ${CASE_ALIAS}`;
      const row = select(['row']);
      if (input === undefined)
        return {
          ...fromTable(ctes.add('bound', row), ['k0'], ctes),
          placed: sql`(${select([...(spansTraces(domain) ? ['trace'] : []), 'row', 'nested_left', 'nested_right', 'nested_parent'])})`,
        };
      const keys = keyList(sql`i`, input.keys);
      return fromTable(
        ctes.add(
          'bound',
          sql`SELECT ${keys}, i.row FROM ${input.narrow} i ${semiJoin(sql`(${row}) o`, { using: ['k0', 'row'] })}`,
        ),
        input.keys,
        ctes,
      );
    }
    case 'operation': {
      const related = input === undefined ? relatedToBound(spanset, domain) : undefined;
      if (related !== undefined) return compileLeaf(related.leaf, input, context, related.where);
      const left = compileSpanset(spanset.left, input, context);
      const right = compileSpanset(spanset.right, input, context);
      return compileOperation(spanset.operator, left, right, context);
    }
  }
}

/** The spans of a filter for which `where` holds, SQL over the span `m` and the case. */
function compileLeaf(
  { predicate, residual }: LeafPlan,
  input: SpanSet | undefined,
  context: PatternContext,
  where?: Sql,
): SpanSet {
  const { domain, ctes } = context;
  const keys = input?.keys ?? ['k0'];
  const from =
    input !== undefined
      ? sql`${input.wide} m${residual === undefined ? EMPTY : joinCases(domain, sql`m.k0`)}`
      : domain.kind === 'trace'
        ? sql`${ctes.matched} m`
        : sql`${domain.cases} ${CASE_ALIAS} ${joinSeen(domain, ctes)}`;
  const k0 =
    input !== undefined
      ? keyList(sql`m`, keys)
      : domain.kind === 'trace'
        ? sql`m.trace AS k0`
        : sql`${CASE_ALIAS}.id AS k0`;
  const scope = rowScope(sql`m`, context);
  const holds = (condition: Expression | undefined, scope: Scope): readonly Sql[] => [
    ctes.predicate(predicate, sql`m.`),
    ...(condition === undefined ? [] : [compileBoolean(condition, scope)]),
    ...(where === undefined ? [] : [where]),
  ];
  if (residual !== undefined && !isPlain(residual)) {
    const selects = itemCases(residual).map((itemCase) => {
      const conditions = [
        ...holds(itemCase.condition, { ...scope, ...itemAliases(itemCase) }),
        ...hasNone(itemCase, sql`m`),
      ];
      return sql`SELECT ${k0}, m.row AS row FROM ${from}${itemJoins(itemCase, sql`m`)} WHERE ${join(conditions, ' AND ')}`;
    });
    return fromTable(
      ctes.add('spans', sql`SELECT DISTINCT * FROM (${join(selects, ' UNION ALL ')})`),
      keys,
      ctes,
    );
  }
  // Rows of a set have its keys already.
  const selected = input === undefined ? sql`${k0}, ${allOfMatched(domain)}` : sql`m.*`;
  const wide = ctes.add(
    'spans',
    sql`SELECT ${selected} FROM ${from} WHERE ${join(holds(residual, scope), ' AND ')}`,
  );
  return { narrow: wide, wide, keys };
}

/** Joins to a case the spans that it sees, `m`. */
function joinSeen({ flowSpans }: Extract<Domain, { kind: 'case' }>, ctes: Ctes): Sql {
  if (flowSpans === undefined) return sql`JOIN ${ctes.matched} m ON m.trace = ${CASE_ALIAS}.trace`;
  // No name but that of the trace is in both of the relations.
  return sql`JOIN (SELECT flow AS seen_flow, ${allBut(['flow', 'own'])} FROM ${flowSpans}) m
    ON m.seen_flow = ${CASE_ALIAS}.flow AND m.start_ns >= ${CASE_ALIAS}.from_ns AND m.start_ns <= ${CASE_ALIAS}.to_ns`;
}

/** All columns of `m`. A case has a trace as well, and of a flow that of a span is asked for by its name. */
function allOfMatched(domain: Domain): Sql {
  return spansTraces(domain) ? sql`${allBut(['trace', 'seen_flow'], sql`m`)}, m.trace AS trace` : sql`m.*`;
}

/**
 * `x >> { … }` and its like: where the left side is one span of the case, the filter can ask for the relation itself. SQL over the
 * span `m` and the case.
 */
function relatedToBound(spanset: OperationPlan, domain: Domain): RelatedLeaf | undefined {
  const { operator, left, right } = spanset;
  if (domain.kind !== 'case' || left.kind !== 'bound' || right.kind !== 'leaf') return undefined;
  if (operator === '&&' || operator === '||') return undefined;
  const { relation, form } = structureOf(operator);
  if (form === '&') return undefined;
  const related = relatedSql(relation, domain.bound.get(left.name)!, sql`m.`, domain);
  return { leaf: right, where: form === '!' ? sql`NOT (${related})` : related };
}

type OperationPlan = Extract<SpansetPlan, { kind: 'operation' }>;

interface RelatedLeaf {
  readonly leaf: LeafPlan;
  readonly where: Sql;
}

function rowScope(span: Sql, { domain, ctes }: PatternContext): Scope {
  return { columns: ctes.columns, span, ...(domain.kind === 'case' ? { bound: domain.bound } : {}) };
}

/** The spans of a set with the fields of chosen events and links that expressions read of them. */
export function chosenItems(
  set: Pick<SpanSet, 'wide' | 'keys'>,
  expressions: readonly Expression[],
  context: PatternContext,
): WithChosenItems {
  return withChosenItems(set, expressions, rowScope(sql`m`, context), joinCases(context.domain, sql`m.k0`));
}

function argumentsOf(stage: AggregateStagePlan): readonly Expression[] {
  const found: Expression[] = [];
  forEachLateExpression([stage], (expression) => void found.push(expression));
  return found;
}

/** Joins the case's row to the rows of a set. */
function joinCases(domain: Domain, key: Sql): Sql {
  return domain.kind === 'trace'
    ? EMPTY
    : sql` JOIN ${domain.cases} ${CASE_ALIAS} ON ${CASE_ALIAS}.id = ${key}`;
}

// ------------------------------------------------------------------------------------------------- set operations

function compileOperation(
  operator: SpansetOperator,
  left: SpanSet,
  right: SpanSet,
  { domain, ctes }: PatternContext,
): SpanSet {
  const { keys } = right;
  const columns = join(names([...keys, 'row']), ', ');
  const selected = (set: SpanSet): Sql => sql`SELECT ${columns} FROM ${set.narrow}`;
  const result = (stem: string, select: Sql): SpanSet => fromTable(ctes.add(stem, select), keys, ctes);
  if (operator === '||') return result('either', sql`${selected(left)} UNION ${selected(right)}`);
  if (operator === '&&')
    return result(
      'both',
      sql`SELECT * FROM (${selected(left)} UNION ${selected(right)}) ${semiJoin(sql`(${selected(left)}) a`, { using: keys })} ${semiJoin(sql`(${selected(right)}) b`, { using: keys })}`,
    );
  const { relation, form } = structureOf(operator);
  const related = join(
    [...names(keys).map((key) => sql`a.${key} = b.${key}`), relatedSql(relation, sql`a.`, sql`b.`, domain)],
    ' AND ',
  );
  const rights = (joined: typeof semiJoin): Sql =>
    sql`SELECT b.* FROM ${right.wide} b ${joined(sql`${left.placed ?? left.wide} a`, { on: related })}`;
  const wide = (select: Sql): SpanSet => {
    const added = ctes.add('related', select);
    return { narrow: added, wide: added, keys };
  };
  if (form === '!') return wide(rights(antiJoin));
  if (form === '') return wide(rights(semiJoin));
  const lefts = sql`SELECT a.* FROM ${left.wide} a ${semiJoin(sql`${right.placed ?? right.wide} b`, { on: related })}`;
  return result(
    'related',
    sql`SELECT ${columns} FROM (${rights(semiJoin)}) UNION SELECT ${columns} FROM (${lefts})`,
  );
}

function keyList(alias: Sql, keys: readonly string[]): Sql {
  return join(
    names(keys).map((key) => sql`${alias}.${key}`),
    ', ',
  );
}

function fromTable(table: Sql, keys: readonly string[], ctes: Ctes): SpanSet {
  // No name is in both: `m.*` has all of its own.
  const rows = sql`(SELECT ${join([...names(keys), sql`row AS in_row`], ', ')} FROM ${table})`;
  const wide = sql`(SELECT ${keyList(sql`n`, keys)}, m.* FROM ${rows} n JOIN ${ctes.matched} m ON m.row = n.in_row)`;
  return { narrow: table, wide, keys };
}

function distinct(set: SpanSet, keys: readonly string[], ctes: Ctes): SpanSet {
  return fromTable(
    ctes.add('merged', sql`SELECT DISTINCT ${join(names(keys), ', ')}, row FROM ${set.narrow}`),
    keys,
    ctes,
  );
}

function spansOf({ narrow, wide, keys }: SpanSet): SpanSet {
  return { narrow, wide, keys };
}

function keepEmpties(set: SpanSet, { empties, open }: SpanSet): SpanSet {
  return {
    ...spansOf(set),
    ...(empties === undefined ? {} : { empties }),
    ...(open === undefined ? {} : { open }),
  };
}

/** What a spanset stage leaves: whoever was there and has no spans now is asked again by the next aggregate. */
function withOpen(set: SpanSet, empties: Sql | undefined, input: SpanSet | undefined): SpanSet {
  const spans = spansOf(set);
  if (spans.keys.length > 1) return spans;
  const accepted = empties === undefined ? {} : { empties };
  if (input === undefined || input.open === REST) return { ...spans, ...accepted, open: REST };
  const before = [sql`SELECT k0 FROM ${input.narrow}`, ...(input.open === undefined ? [] : [input.open])];
  const open = sql`SELECT DISTINCT k0 FROM (${join(before, ' UNION ALL ')}) ${antiJoin(sql`${set.narrow} n`, { using: ['k0'] })}`;
  return { ...spans, ...accepted, open };
}
