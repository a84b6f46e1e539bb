/** Whatever the size of the units that the work is cut into, the same verdicts come out. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRules } from '../../../engine/plan/lower/lower.js';
import { RunDatabase } from '../../../engine/spans/run-databases.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { BlockRelations } from '../../../engine/sql/relations/block-relations.js';
import type { FlatBlock } from '../../../engine/sql/relations/flat.js';
import type { Unit } from '../../../engine/sql/relations/units.js';
import type { Window } from '../../../engine/sql/relations/window.js';
import { evaluateRules } from '../../../engine/sql/run/evaluate.js';
import { shopRules } from '../../bench/rules.js';
import { flatBlocks } from '../../support/flat-blocks.js';
import { plainSql } from '../../support/plain-sql.js';

const fixture = fileURLToPath(new URL('../../fixtures/blocks/shop-v5', import.meta.url));
const truth = JSON.parse(readFileSync(join(fixture, 'truth.json'), 'utf8')) as {
  truth: Record<string, string[]>;
  split: string[];
  traces: number;
};
const work = mkdtempSync(join(tmpdir(), 'betrace-relations-'));
const plan = planRules(shopRules());
let db: Database;
let blocks: readonly FlatBlock[];

beforeAll(async () => {
  db = await Database.open({ threads: 2 });
  blocks = await flatBlocks(fixture, plan.needs, work);
});
afterAll(() => {
  db.close();
  rmSync(work, { recursive: true, force: true });
});

function add(to: Record<string, string[]>, rule: string, ...ids: readonly string[]): void {
  to[rule] = [...(to[rule] ?? []), ...ids];
}

async function violations(budget: number, window: Window = {}): Promise<Record<string, string[]>> {
  const relations = await BlockRelations.open(db, blocks, plan.needs, window);
  const found: Record<string, string[]> = {};
  for (const unit of relations.units(budget)) {
    await relations.show(unit);
    const { rules } = await evaluateRules(db, plan, relations.columns, {
      bucketNs: 1n << 60n,
      limit: 10_000,
    });
    for (const { rule, violations: some } of rules)
      for (const { traceId } of some) add(found, rule.id, traceId);
  }
  return found;
}

const traceIds = (found: Record<string, string[]>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(found).map(([rule, ids]) => [rule, [...new Set(ids)].sort()]));

describe('units', () => {
  it('are one for little data, with its fragments', async () => {
    const relations = await BlockRelations.open(db, blocks, plan.needs, {});
    expect(relations.units(1_000_000)).toHaveLength(1);
    expect(relations.traces).toBe(truth.traces);
  });

  it.each([1_000_000, 20_000, 3_000, 600])('of %i spans find exactly what was planted', async (budget) => {
    const relations = await BlockRelations.open(db, blocks, plan.needs, {});
    const units = relations.units(budget);
    expect(units.length).toBeGreaterThanOrEqual(Math.floor(relations.spanCount / budget));
    expect(traceIds(await violations(budget))).toEqual(traceIds(truth.truth));
  });

  it('cut small put fragments into several shares too', async () => {
    const relations = await BlockRelations.open(db, blocks, plan.needs, {});
    expect(relations.units(600).filter(({ merged }) => merged !== undefined).length).toBeGreaterThan(1);
  });
});

describe('halves of a unit', () => {
  it('hold the same traces, down to any size', async () => {
    const relations = await BlockRelations.open(db, blocks, plan.needs, {});
    const [unit] = relations.units(1_000_000);
    let parts: readonly Unit[] = [unit!];
    for (let round = 0; round < 5; round++) parts = parts.flatMap((part) => relations.split(part) ?? [part]);
    expect(parts.length).toBeGreaterThan(8);
    const found = new Map<string, number>();
    for (const part of parts) {
      await relations.show(part);
      for (const [id] of await db.rows(plainSql(`SELECT lower(hex(trace_id)) FROM traces`)))
        found.set(String(id), (found.get(String(id)) ?? 0) + 1);
    }
    expect([...found.values()].filter((times) => times !== 1)).toEqual([]);
    expect(found.size).toBe(truth.traces);
  });
});

describe('a database that is used again', () => {
  it('shows each unit, also when the next run starts where the last one ended', async () => {
    const database = await RunDatabase.open({ threads: 1 });
    const shown: bigint[] = [];
    for (const budget of [3_000, 3_000, 1_000_000, 1_000_000]) {
      const relations = await database.relationsOf(blocks, plan.needs, {});
      let traces = 0n;
      for (const unit of relations.units(budget)) {
        await database.show(relations, unit);
        const [counts] = await database.db.rows(plainSql(`SELECT count(*) FROM traces`));
        traces += counts![0] as bigint;
      }
      shown.push(traces);
    }
    database.db.close();
    expect(shown).toEqual(Array.from({ length: 4 }, () => BigInt(truth.traces)));
  });
});

describe('windows', () => {
  it('divide the traces between them, fragments included', async () => {
    const middle = 1_795_176_000_000_000_000n;
    const before = await violations(1_000_000, { toNs: middle });
    const after = await violations(1_000_000, { fromNs: middle });
    const counts = await Promise.all(
      [{ toNs: middle }, { fromNs: middle }].map(
        async (window) => (await BlockRelations.open(db, blocks, plan.needs, window)).traces,
      ),
    );
    expect(counts[0]! + counts[1]!).toBe(truth.traces);
    const both: Record<string, string[]> = {};
    for (const found of [before, after])
      for (const [rule, ids] of Object.entries(found)) add(both, rule, ...ids);
    expect(traceIds(both)).toEqual(traceIds(truth.truth));
    expect(Object.keys(before).length).toBeGreaterThan(0);
  });
});
