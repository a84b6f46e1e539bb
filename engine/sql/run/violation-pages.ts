import { VERDICT } from '../../verdicts/verdict.js';
import type { ViolationPage } from '../../verdicts/violation-page.js';
import { isOneOf } from '../compile/rule/verdicts.js';
import { dropTables } from '../store/drop-tables.js';
import { isOutOfMemory } from '../store/out-of-memory.js';
import { type GuardOptions, RuleGuard } from '../store/rule-guard.js';
import type { Store } from '../store/store.js';
import { TooSlow } from '../store/time-limit.js';
import { VERDICT_PLACES, VERDICTS } from '../tables.js';
import { allBut, tableAs } from '../text/operations.js';
import { sql } from '../text/sql.js';
import type { JudgedRules } from './evaluate.js';
import { withEvidence } from './violations.js';

/** A page that cannot be looked up, as each violation has very much evidence, is tried again as pages of this part of it … */
const SMALLER = 1 / 8;
/** … unless it has this many or fewer. */
const SMALLEST = 16;
/** Tries that a rule may take for its pages beyond one for each: smaller ones must not take for ever. */
const MORE_TRIES = 4;

const VIOLATIONS = sql`SELECT * FROM ${VERDICTS} WHERE verdict = ${VERDICT.violation}`;

/**
 * Every violation of rules that were judged with `limit: Infinity`, `size` of them at a time, so that however many there are
 * no more are held in memory. The time that a rule may take holds for each page of that size anew. Good until the database judges
 * something else.
 */
export async function* violationPages(
  { counts, guard, ...judged }: JudgedRules,
  size: number,
  options: GuardOptions,
): AsyncGenerator<ViolationPage> {
  const { db, plan } = judged;
  const violated = await violatedBy(judged.db);
  const rules = [...counts.keys()].filter((n) => guard.isSound(plan.rules[n]!) && violated.has(n));
  if (rules.length === 0) return;
  await dropTables(db, [VERDICT_PLACES]);
  await db.run(
    tableAs(
      VERDICT_PLACES,
      sql`SELECT *, row_number() OVER (ORDER BY rule, trace, id) - 1 AS place
      FROM (${VIOLATIONS}) WHERE ${isOneOf(rules)}`,
    ),
  );
  let total = 0;
  let left = rules.map((ruleIndex) => {
    total += violated.get(ruleIndex)!;
    return { ruleIndex, end: total };
  });
  let step = size;
  let msLeft = (options.ruleLimitMs ?? Number.POSITIVE_INFINITY) * (Math.ceil(total / size) + MORE_TRIES);
  try {
    for (let from = 0; from < total; ) {
      left = left.filter(({ end }) => end > from);
      const asked = left.map(({ ruleIndex }) => ruleIndex);
      const page = new RuleGuard({ ...options, canSplit: false });
      const started = performance.now();
      const found = await withEvidence(
        { ...judged, guard: page },
        asked,
        sql`SELECT ${allBut(['place'])} FROM ${VERDICT_PLACES} WHERE place >= ${from} AND place < ${from + step} AND ${isOneOf(asked)}`,
      ).catch((error: unknown) => {
        if (!isOutOfMemory(error)) throw error;
        for (const ruleIndex of asked) page.note(plan.rules[ruleIndex]!, error);
        return new Map<number, never>();
      });
      msLeft -= performance.now() - started;
      if (page.failed.length > 0 && step > SMALLEST && msLeft > 0) {
        step = Math.max(SMALLEST, Math.floor(step * SMALLER));
        continue;
      }
      from += step;
      if (msLeft <= 0)
        for (const { ruleIndex, end } of left)
          if (end > from) page.note(plan.rules[ruleIndex]!, new TooSlow(options.ruleLimitMs ?? 0));
      left = left.filter(({ ruleIndex }) => page.isSound(plan.rules[ruleIndex]!));
      yield {
        found: left.flatMap(({ ruleIndex }) => {
          const violations = found.get(ruleIndex);
          return violations === undefined ? [] : [{ rule: plan.rules[ruleIndex]!, violations }];
        }),
        failed: page.failed,
      };
      if (left.length === 0) return;
    }
  } finally {
    await dropTables(db, [VERDICT_PLACES]);
  }
}

/** How many rows there are of each rule: counts leave out cases of flows that were counted before. */
async function violatedBy(db: Store): Promise<ReadonlyMap<number, number>> {
  const rows = await db.rows(sql`SELECT rule, count(*) FROM (${VIOLATIONS}) GROUP BY rule`);
  return new Map((rows as [number, bigint][]).map(([rule, count]) => [rule, Number(count)]));
}
