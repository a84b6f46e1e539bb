/** What each question costs, compared with what DuckDB alone needs for the same answer out of the same flat files. */
import type { FlatCache } from '../../engine/blocks/cache/cache.js';
import type { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import type { BlockMeta } from '../../engine/blocks/meta.js';
import { replay } from '../../engine/replay/replay.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { stringLiteral } from '../../engine/sql/dialects/duckdb/literal.js';
import { attributeColumn } from '../../engine/sql/relations/flat.js';
import { plainSql } from '../support/plain-sql.js';
import { type Asked, asked, type Range, rangeOf, STEP_NS } from './asked.js';
import { type FlatTables, QUESTIONS, type Question } from './questions.js';
import { shopRules } from './rules.js';
import { line, medianOf, RUNS, type Times, tableHead, tableRow, timesOf } from './times.js';

export interface LimitBench {
  readonly blocks: readonly BlockMeta[];
  readonly flatten: FlattenPool;
  readonly stored: (cache: FlatCache) => Omit<StoredTraces, 'window'>;
  readonly newCache: () => FlatCache;
}

/** Prints a line for each question. */
export async function measureLimit({ blocks, flatten, stored, newCache }: LimitBench): Promise<void> {
  const range = rangeOf(blocks);
  const questions = QUESTIONS.map((question) => ({ question, asked: asked(question, range) }));
  const cache = newCache();
  const warm = await inTurns(
    questions.map(
      ({ asked }) =>
        async () =>
          void (await asked.ask(stored(cache))),
    ),
  );
  line('\ncpu: time of processors; limit: DuckDB alone, out of the same flat files; in milliseconds');
  tableHead(['question', 'cpu, of the limit', 'cpu', 'limit, cpu', 'in all', 'limit, in all', 'first, cpu']);
  const limitsOfRules: Times[] = [];
  for (const [n, compared] of questions.entries()) {
    const limit = await limitOf(compared.question, compared.asked, { blocks, flatten, cache, range });
    if (compared.question.kind === 'rule') limitsOfRules.push(limit);
    const first = await timesOf(
      async () => await compared.asked.ask(stored(newCache())),
      undefined,
      Math.min(RUNS, 5),
    );
    const ours = warm[n]!;
    tableRow([
      compared.question.name,
      `${(ours.cpu / limit.cpu).toFixed(1)} ×`,
      ours.cpu.toFixed(0),
      limit.cpu.toFixed(0),
      ours.median.toFixed(0),
      limit.median.toFixed(0),
      first.cpu.toFixed(0),
    ]);
  }
  await twelveRules({ stored }, cache, limitsOfRules);
  await furtherAttribute({ blocks, flatten, stored, newCache }, range);
}

/** Rules one after the other would cost so many times one of them; all at once are to cost less. */
const OF_ONE_RULE = 5;

/** All rules of `queries/shop` at once, compared with the limit of one rule. */
async function twelveRules(
  { stored }: Pick<LimitBench, 'stored'>,
  cache: FlatCache,
  limits: readonly Times[],
): Promise<void> {
  const rules = shopRules();
  const ask = async () => void (await replay({ ...stored(cache), window: {}, rules, limit: 100 }));
  await ask();
  const { cpu, median } = await timesOf(ask);
  const limitOfOne = medianOf(limits.map((limit) => limit.cpu));
  line(
    `\n12 rules of queries/shop: cpu ${cpu.toFixed(0)}, ${(cpu / (OF_ONE_RULE * limitOfOne)).toFixed(1)} × ${OF_ONE_RULE} limits of one rule; in all ${median.toFixed(0)}`,
  );
}

/** A question with one attribute more than what is cached, each time with a cache that has the rest. */
async function furtherAttribute({ stored, newCache }: LimitBench, range: Range): Promise<void> {
  const [before, further] = ['charged more than once', 'by an attribute'].map((name) =>
    asked(QUESTIONS.find((question) => question.name === name)!, range),
  );
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let run = 0; run < Math.min(RUNS, 5); run++) {
    const cache = newCache();
    await before!.ask(stored(cache));
    const { median, cpu } = await timesOf(async () => await further!.ask(stored(cache)), undefined, 1);
    walls.push(median);
    cpus.push(cpu);
  }
  line(
    `"by an attribute", where all but the attribute is cached: cpu ${medianOf(cpus).toFixed(0)}, in all ${medianOf(walls).toFixed(0)}`,
  );
}

/** As a dashboard asks: all of them one after the other, again and again, so that none profits from being asked twice in a row. */
async function inTurns(works: readonly (() => Promise<void>)[]): Promise<readonly Times[]> {
  for (const work of works) await work();
  const all = works.map(() => ({ walls: [] as number[], cpus: [] as number[] }));
  for (let run = 0; run < RUNS; run++)
    for (const [n, work] of works.entries()) {
      const { median, cpu } = await timesOf(work, undefined, 1);
      all[n]!.walls.push(median);
      all[n]!.cpus.push(cpu);
    }
  return all.map(({ walls, cpus }) => ({
    median: medianOf(walls),
    best: Math.min(...walls),
    cpu: medianOf(cpus),
  }));
}

async function limitOf(
  question: Question,
  { needs }: Asked,
  {
    blocks,
    flatten,
    cache,
    range,
  }: Pick<LimitBench, 'blocks' | 'flatten'> & { cache: FlatCache; range: Range },
): Promise<Times> {
  const leases = await Promise.all(
    blocks.map((block) => cache.acquire(block, needs, flatten.builder(block))),
  );
  const db = await Database.open({});
  try {
    const flat = await flatTables(
      db,
      leases.map(({ block }) => block.spans),
      leases.map(({ block }) => block.traces),
      range,
    );
    const sql = plainSql(question.limit(flat));
    await db.rows(sql);
    return await timesOf(async () => await db.rows(sql));
  } finally {
    db.close();
    for (const lease of leases) lease.release();
  }
}

async function flatTables(
  db: Database,
  spans: readonly string[],
  traces: readonly string[],
  { fromNs }: Range,
): Promise<FlatTables> {
  const listed = (files: readonly string[]) => `[${files.map(stringLiteral).join(', ')}]`;
  const rows = await db.rows(plainSql(`SELECT DISTINCT name FROM parquet_schema(${listed(spans)})`));
  const present = new Set(rows.map(([name]) => String(name)));
  return {
    spans: `read_parquet(${listed(spans)}, union_by_name = true)`,
    traces: `read_parquet(${listed(traces)})`,
    column: (attribute, type) => {
      const column = attributeColumn(attribute, type);
      return present.has(column) ? column : 'NULL';
    },
    interval: `(start_ns - ${fromNs}) // ${STEP_NS}`,
  };
}
