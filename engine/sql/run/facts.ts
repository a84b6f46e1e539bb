/**
 * What the spans of an evaluation have of what the clauses of rules need in order to fail. Most of it is in the hits of matched spans;
 * only what is open after that is looked for in the spans: of attributes that no matched span vouches for, and of patterns that hits
 * do not tell about.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Plan, RulePlan, SpansetPlan, StagePlan } from '../../plan/plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import {
  attributeName,
  attributesToAsk,
  bothFacts,
  isSettled,
  NO_FACTS,
  type RuleFacts,
} from '../../plan/vacuity/rule-needs.js';
import type { FactsBy, FactsByKey } from '../../verdicts/evaluation.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Signature } from '../compile/condition/signature.js';
import type { Relations } from '../compile/relations.js';
import { patternsSql } from '../compile/rule/pattern-matches.js';
import { numberedRules, type RuleGuard } from '../store/rule-guard.js';
import type { Store } from '../store/store.js';
import { EVENTS, LINKS, SPANS, TRACES } from '../tables.js';
import { anyTrue, bitOrOver, cast, int, intDivide, quoted } from '../text/operations.js';
import { EMPTY, join, type Sql, sql } from '../text/sql.js';

export interface FactsOptions {
  readonly by: FactsBy;
  /** What other parts of the run have shown of a rule, which need not be asked again. */
  readonly known?: (rule: RulePlan) => RuleFacts;
  /** What spans carry, where the relations no longer have them all. */
  readonly carried?: Carried;
}

/** Which of the attributes that rules of a plan need some span carries, found out unit by unit. */
export class Carried {
  private readonly names = new Set<string>();
  private readonly asked: readonly AttributeKey[];

  /** `before`: of other rules over the same spans, which have been looked at by those. */
  constructor({ rules }: Plan, before?: Carried) {
    for (const known of before?.names ?? []) this.names.add(known);
    this.asked = rules.flatMap(({ needs }) =>
      needs.clauses.flatMap((clause) => attributesToAsk(clause, NO_FACTS)),
    );
  }

  /** Looks at the relations at hand. */
  async add(db: Store, columns: AttributeColumns): Promise<void> {
    const open = new Map(this.asked.map((key) => [attributeName(key), key]));
    for (const known of this.names) open.delete(known);
    const found = await carriedByKey(db, [...open.values()], columns, 'run');
    for (const carried of found.get(RUN) ?? []) this.names.add(carried);
  }

  byKey(): ReadonlyMap<bigint, readonly string[]> {
    return new Map([[RUN, [...this.names]]]);
  }
}

const DAY_NS = 86_400_000_000_000n;
/** The key of facts that are of the whole run. */
export const RUN = 0n;

/** SQL of the key over the row `t` of `traces`. */
const KEY_SQL: Readonly<Record<FactsBy, Sql>> = {
  run: int(RUN),
  day: intDivide(sql`t.start_ns`, int(DAY_NS)),
  trace: sql`t.trace`,
};

/** The facts of each rule of the plan, in its order. A rule of which they cannot be found out is noted as failed. */
export async function gatherFacts(
  db: Store,
  plan: Plan,
  relations: Relations,
  guard: RuleGuard,
  { by, known = () => NO_FACTS, carried: found }: FactsOptions,
): Promise<readonly FactsByKey[]> {
  const rules = plan.rules.map((rule) => new FactsOfRule(rule, known(rule)));
  for (const [key, hits] of await hitsByKey(db, relations, by))
    for (const rule of rules) rule.addHits(key, hits);
  if (by !== 'run') for (const key of await keysOf(db, by)) for (const rule of rules) rule.addKey(key);

  const asked = new Map<string, AttributeKey>();
  for (const rule of rules) for (const key of rule.attributesToAsk()) asked.set(attributeName(key), key);
  const carried = found?.byKey() ?? (await carriedByKey(db, [...asked.values()], relations.columns, by));
  for (const rule of rules) rule.addCarried(carried);

  await guard.each(db, numberedRules(plan), async (session, { ruleIndex }) => {
    const rule = rules[ruleIndex]!;
    const open = rule.patternsToAsk();
    if (open.length === 0) return;
    for (const [pattern, key] of await session.rows(
      patternsSql(plan.rules[ruleIndex]!, relations, open, KEY_SQL[by], plan),
    ))
      rule.addMatched(BigInt(key as bigint), Number(pattern));
  });
  return rules.map((rule) => rule.facts());
}

/** Facts before copies of spans are left out. */
export interface FactsOfStored {
  /** Those that hold whichever copies stay. */
  readonly certain: RuleFacts;
  /** Those that hold if all copies did. */
  readonly atMost: RuleFacts;
}

/**
 * The facts of each rule from hits and what the relation of spans carries alone, and a SELECT of a trace for each that is not certain;
 * undefined where some clause is left open. `doubtful`: whether a predicate may match some copies of a span and not others. `isRead`:
 * whether the relation has an attribute.
 */
export async function factsOfStored(
  db: Store,
  plan: Plan,
  relations: Relations,
  doubtful: readonly boolean[],
  isRead: (attribute: AttributeKey) => boolean,
): Promise<{ readonly rules: readonly FactsOfStored[]; readonly witnesses: readonly Sql[] } | undefined> {
  const certain = plan.rules.map((rule) => new FactsOfRule(rule, NO_FACTS));
  const atMost = plan.rules.map((rule) => new FactsOfRule(rule, NO_FACTS));
  const found = new Set<number>();
  for (const [key, hits] of await hitsByKey(db, relations, 'run')) {
    for (const rule of certain) rule.addHits(key, (n) => doubtful[n] !== true && hits(n));
    for (const rule of atMost) rule.addHits(key, hits);
    for (const [n, isDoubtful] of doubtful.entries()) if (isDoubtful && hits(n)) found.add(n);
  }
  const asked = new Map(
    atMost.flatMap((rule) => rule.attributesToAsk()).map((key) => [attributeName(key), key]),
  );
  if (![...asked.values()].every(isRead)) return undefined;
  const carried = await carriedByKey(db, [...asked.values()], relations.columns, 'run');
  for (const rule of atMost) rule.addCarried(carried);
  if (atMost.some((rule) => rule.patternsToAsk().length > 0)) return undefined;
  const ofRun = (rule: FactsOfRule): RuleFacts => rule.facts().get(RUN) ?? NO_FACTS;
  const rules = certain.map((rule, n) => ({ certain: ofRun(rule), atMost: ofRun(atMost[n]!) }));
  if (rules.every((facts) => isDeepStrictEqual(facts.certain, facts.atMost))) return { rules, witnesses: [] };
  const { columns, predicates, matched } = relations;
  const carriedTests = [...asked.values()]
    .filter((attribute) => columns.typesFor(attribute).length > 0)
    .map((attribute) => carriesSql(attribute, columns));
  return {
    rules,
    witnesses: [
      ...[...found].map(
        (n) => sql`SELECT min(trace) AS trace FROM ${matched} WHERE ${predicates.holds(n, EMPTY)}`,
      ),
      ...carriedTests.map((test) => sql`SELECT min(trace) AS trace FROM ${SPANS} s WHERE ${test}`),
    ],
  };
}

/** Whether some span matches a pattern, by the hits of all spans together; undefined where these do not say. */
type Known = boolean | undefined;

class FactsOfRule {
  private readonly found = new Map<bigint, RuleFacts>([]);
  /** The patterns that hits leave open, by key. */
  private readonly open = new Map<bigint, readonly number[]>();

  constructor(
    private readonly rule: RulePlan,
    private readonly known: RuleFacts,
  ) {}

  addKey(key: bigint): void {
    if (!this.found.has(key)) this.addHits(key, () => false);
  }

  addHits(key: bigint, hits: Signature): void {
    const { patterns } = this.rule.needs;
    const matched = patterns.map(({ stages }) => stagesMatched(stages, hits));
    this.add(key, { matched: [...patterns.keys()].filter((n) => matched[n] === true), carried: [] });
    this.open.set(
      key,
      [...patterns.keys()].filter((n) => matched[n] === undefined),
    );
  }

  /** Of all keys together. */
  attributesToAsk(): readonly AttributeKey[] {
    return [...this.found.keys()].flatMap((key) =>
      this.unsettled(key).flatMap((clause) => attributesToAsk(clause, this.all(key))),
    );
  }

  addCarried(carried: ReadonlyMap<bigint, readonly string[]>): void {
    for (const key of this.found.keys()) {
      const asked = this.unsettled(key).flatMap((clause) => attributesToAsk(clause, this.all(key)));
      const names = new Set(asked.map(attributeName));
      this.add(key, {
        matched: [],
        carried: (carried.get(key) ?? []).filter((name) => names.has(name)),
      });
    }
  }

  /** The patterns that decide about some clause and that hits leave open. */
  patternsToAsk(): readonly number[] {
    const asked = [...this.found.keys()].flatMap((key) => {
      const clauses = this.unsettled(key);
      return (this.open.get(key) ?? []).filter((n) => clauses.some(({ patterns }) => patterns.includes(n)));
    });
    return [...new Set(asked)];
  }

  addMatched(key: bigint, pattern: number): void {
    this.add(key, { matched: [pattern], carried: [] });
  }

  /** A pattern that was left open, and that no clause depends on, is not said to have matched nothing. */
  facts(): FactsByKey {
    for (const [key, open] of this.open) {
      const clauses = new Set(this.unsettled(key));
      const settled = this.rule.needs.clauses.filter((clause) => !clauses.has(clause));
      const matched = open.filter((n) => settled.some(({ patterns }) => patterns.includes(n)));
      if (matched.length > 0) this.add(key, { matched, carried: [] });
    }
    return this.found;
  }

  private unsettled(key: bigint): RulePlan['needs']['clauses'] {
    return this.rule.needs.clauses.filter((clause) => !isSettled(clause, this.all(key)));
  }

  private all(key: bigint): RuleFacts {
    return bothFacts(this.known, this.found.get(key) ?? NO_FACTS);
  }

  private add(key: bigint, facts: RuleFacts): void {
    this.found.set(key, bothFacts(this.found.get(key) ?? NO_FACTS, facts));
  }
}

async function hitsByKey(
  db: Store,
  { predicates, matched }: Relations,
  by: FactsBy,
): Promise<readonly (readonly [bigint, Signature])[]> {
  const words = predicates.words();
  if (words.length === 0) return by === 'run' ? [[RUN, () => false]] : [];
  const bits = join(
    words.map((word) => sql`coalesce(${bitOrOver(word)}, 0)`),
    ', ',
  );
  const rows = await db.rows(
    by === 'run'
      ? sql`SELECT ${int(RUN)}, ${bits} FROM ${matched}`
      : sql`SELECT ${KEY_SQL[by]} AS key, ${bits} FROM ${matched} JOIN ${TRACES} t USING (trace) GROUP BY key`,
  );
  return (rows as (readonly bigint[])[]).map(([key = RUN, ...hits]) => [key, predicates.signature(hits)]);
}

async function keysOf(db: Store, by: FactsBy): Promise<readonly bigint[]> {
  const rows = await db.rows(sql`SELECT DISTINCT ${KEY_SQL[by]} FROM ${TRACES} t`);
  return rows.map(([key]) => key as bigint);
}

/** The names of those of the attributes that some span (event, link) carries, by key. */
async function carriedByKey(
  db: Store,
  attributes: readonly AttributeKey[],
  columns: AttributeColumns,
  by: FactsBy,
): Promise<ReadonlyMap<bigint, readonly string[]>> {
  const carried = new Map<bigint, string[]>();
  const note = (key: bigint, name: string): void =>
    void carried.set(key, [...(carried.get(key) ?? []), name]);
  for (const relation of ['spans', 'events', 'links'] as const) {
    const asked = attributes.filter(
      (attribute) => relationOf(attribute) === relation && columns.typesFor(attribute).length > 0, // of no type: in no span
    );
    if (asked.length === 0) continue;
    const tests = asked.map((attribute) => carriesSql(attribute, columns));
    const rows = await db.rows(
      by === 'run'
        ? sql`SELECT ${join([int(RUN), ...tests.map((test) => cast(sql`(EXISTS (SELECT 1 FROM ${TABLES[relation]} s WHERE ${test}))`, 'bool'))], ', ')}`
        : sql`SELECT ${join([sql`${KEY_SQL[by]} AS key`, ...tests.map((test) => anyTrue(test))], ', ')}
FROM ${TABLES[relation]} s ${relation === 'spans' ? EMPTY : sql`JOIN ${SPANS} o ON o.row = s.row `}JOIN ${TRACES} t ON t.trace = ${relation === 'spans' ? sql`s` : sql`o`}.trace GROUP BY key`,
    );
    for (const [key, ...found] of rows)
      for (const [n, attribute] of asked.entries())
        if (found[n] === true) note(key as bigint, attributeName(attribute));
  }
  return carried;
}

/** On the row `s`: whether it has an attribute that some row has. */
function carriesSql(attribute: AttributeKey, columns: AttributeColumns): Sql {
  const types = columns.typesFor(attribute);
  return join(
    types.map((type) => sql`s.${quoted(columns.column(attribute, type))} IS NOT NULL`),
    ' OR ',
  );
}

const TABLES = { spans: SPANS, events: EVENTS, links: LINKS } as const;

function relationOf({ scope }: AttributeKey): 'spans' | 'events' | 'links' {
  return scope === 'event' ? 'events' : scope === 'link' ? 'links' : 'spans';
}

/** What the hits of different traces together tell: that two filters are hit does not say that a trace hits both. */
function stagesMatched(stages: readonly StagePlan[], hits: Signature): Known {
  const matches = stages.map((stage) =>
    stage.kind === 'spanset' ? spansetMatched(stage.expression, hits) : undefined,
  );
  if (matches.includes(false)) return false;
  return matches.length === 1 ? matches[0] : undefined;
}

function spansetMatched(spanset: SpansetPlan, hits: Signature): Known {
  switch (spanset.kind) {
    case 'leaf':
      if (!hits(spanset.predicate)) return false;
      return spanset.residual === undefined ? true : undefined;
    case 'group':
      return stagesMatched(spanset.stages, hits);
    case 'bound':
      return undefined;
    case 'operation': {
      const { operator } = spanset;
      const [left, right] = [spansetMatched(spanset.left, hits), spansetMatched(spanset.right, hits)];
      // A side that hits leave open may be about a bound span, and then it takes a case for the whole to match.
      if (operator === '||') return left === undefined || right === undefined ? undefined : left || right;
      // Of the others, the negated ones want no span on the left.
      return right === false || (left === false && !operator.startsWith('!')) ? false : undefined;
    }
  }
}
