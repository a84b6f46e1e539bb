/** Whatever the order in which the traces of a run are looked at, and in how many units, the same violations are listed. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planRules } from '../../engine/plan/lower/lower.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import { RuleCollector } from '../../engine/replay/collect.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { BlockRelations } from '../../engine/sql/relations/block-relations.js';
import type { FlatBlock } from '../../engine/sql/relations/flat.js';
import type { Unit } from '../../engine/sql/relations/units.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import type { JudgedTraceRule } from '../../engine/verdicts/judged-rule.js';
import { ruleOf, shopRules } from '../bench/rules.js';
import { flatBlocks } from '../support/flat-blocks.js';

const fixture = fileURLToPath(new URL('../fixtures/blocks/shop-v5', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'betrace-collect-'));
/** Broken by few traces, by all that they apply to, and span by span. */
const plan = planRules([
  ...shopRules(),
  ...ruleOf(`rule always-broken { when { name = "payment.charge_card" } always { name = "nothing" } }
    rule broken-by-spans { when { name = "payment.charge_card" } as c never exists c }`),
]);
const LIMIT = 5;
let db: Database;
let blocks: readonly FlatBlock[];

beforeAll(async () => {
  db = await Database.open({ threads: 1 });
  blocks = await flatBlocks(fixture, plan.needs, work);
});
afterAll(() => {
  db.close();
  rmSync(work, { recursive: true, force: true });
});

interface Looked {
  readonly results: readonly JudgedTraceRule[];
  /** Violations that were looked up with their evidence. */
  readonly lookedUp: number;
}

async function over(budget: number, order: (units: readonly Unit[]) => readonly Unit[]): Promise<Looked> {
  const relations = await BlockRelations.open(db, blocks, plan.needs, {});
  const collectors = plan.rules.map((rule) => new RuleCollector('shop', rule, LIMIT));
  const listUntil = (rule: RulePlan): bigint | undefined =>
    collectors.find((collector) => collector.rule === rule)?.lastListed;
  let lookedUp = 0;
  for (const unit of order(relations.units(budget))) {
    await relations.show(unit);
    const { rules } = await evaluateRules(db, plan, relations.columns, {
      bucketNs: 3_600_000_000_000n,
      limit: LIMIT,
      listUntil,
    });
    for (const [n, found] of rules.entries()) {
      lookedUp += found.violations.length;
      collectors[n]!.add(found);
    }
  }
  return { results: collectors.map((collector) => collector.result()), lookedUp };
}

it('lists what one unit lists, and of later violations only those counts', async () => {
  const whole = await over(1_000_000, (units) => units);
  expect(whole.results.filter(({ violated }) => violated > LIMIT).length).toBeGreaterThan(2);
  for (const order of [
    (units: readonly Unit[]) => units,
    (units: readonly Unit[]) => units.toReversed(),
    (units: readonly Unit[]) => units.toSorted((a, b) => (a.spans % 7) - (b.spans % 7)),
  ]) {
    const parts = await over(600, order);
    expect(parts.results).toEqual(whole.results);
    const units = (await BlockRelations.open(db, blocks, plan.needs, {})).units(600).length;
    expect(units).toBeGreaterThan(8);
    expect(parts.lookedUp).toBeLessThan((whole.lookedUp * units) / 2);
  }
});
