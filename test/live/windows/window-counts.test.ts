/** What is counted of the spans as they come is what a replay counts in them, however they come. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResolvedWindowRule } from '../../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { SqlWindowStore } from '../../../engine/live/judge/sql-window-store.js';
import { labelsIn, labelsText } from '../../../engine/live/windows/labels-text.js';
import type { SomeWindows } from '../../../engine/live/windows/window-store.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { planWindowRules } from '../../../engine/plan/lower/lower-windows.js';
import { NO_FACTS } from '../../../engine/plan/vacuity/rule-needs.js';
import type { WindowPlan, WindowRulePlan } from '../../../engine/plan/window-plan.js';
import { selectionsOfRule } from '../../../engine/replay/over/count-rules.js';
import { countSlots } from '../../../engine/replay/over/count-slots.js';
import { judge } from '../../../engine/replay/over/judge.js';
import { withTraces } from '../../../engine/replay/over/trace-ids.js';
import { countedGrid } from '../../../engine/replay/over/windows.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../../engine/sql/relations/load.js';
import { traceIdsByHash } from '../../../engine/sql/run/trace-ids.js';
import { MERGED } from '../../../engine/sql/tables.js';
import type { JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import { OVER_BASE, someOverTraces, someWindowRules } from '../../support/arbitrary/over.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { fragmented } from '../../support/arbitrary/trace.js';
import { runs } from '../../support/runs.js';
import { snapshotsOf } from '../judge/snapshots.js';

const SECOND = 1_000_000_000n;
const WINDOWS_BEFORE = 12n;
const OPTIONS = { ruleLimitMs: 60_000, mostViolations: 100_000, mostCounts: 1000, maxSeries: 1000 };
const NOW = OVER_BASE + 60n * SECOND;

let directory: string;
let db: Database;
let files = 0;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'betrace-counts-'));
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
  rmSync(directory, { recursive: true, force: true });
});

function rulesIn(text: string): readonly ResolvedWindowRule[] {
  return ofKind(loadWorkspace(new Map([['made.betrace', text]])).rules, 'window');
}

/** A store of its own in a file that lasts from process to process. */
class Kept {
  private readonly path = join(directory, `${files++}.db`);
  private database: Database | undefined;
  store!: SqlWindowStore;

  constructor(
    private plan: WindowPlan,
    private readonly options: Partial<typeof OPTIONS> = {},
  ) {}

  /** As a process that starts. */
  async start(nowNs = OVER_BASE - 1000n * SECOND): Promise<this> {
    this.close();
    this.database = await Database.open({ threads: 1 });
    this.store = await SqlWindowStore.open(this.database, this.path, { ...OPTIONS, ...this.options });
    await this.store.setRules(this.plan, nowNs);
    return this;
  }

  async setRules(plan: WindowPlan, nowNs: bigint): Promise<void> {
    this.plan = plan;
    await this.store.setRules(plan, nowNs);
  }

  async take(...requests: readonly (readonly Trace[])[]): Promise<void> {
    await this.store.take('t', snapshotsOf(requests), NOW);
  }

  close(): void {
    this.database?.close();
  }
}

/** By a pass over all spans, as stored blocks are judged. */
async function replayed(
  plan: WindowPlan,
  rule: WindowRulePlan,
  traces: readonly Trace[],
  { fromNs, toNs }: SomeWindows,
): Promise<JudgedWindowRule> {
  const [window, stepNs] = [BigInt(rule.window), BigInt(rule.every)];
  const startNs = fromNs - WINDOWS_BEFORE * window;
  const perWindow = Number(window / stepNs);
  const grid = { startNs, stepNs, perWindow, windows: Number((toNs - startNs - window) / stepNs) + 1 };
  const columns = await loadTraces(db, traces, plan.needs);
  const forEachUnit = async (count: (canSplit: boolean) => Promise<void>): Promise<void> =>
    await count(false);
  const places = [...selectionsOfRule(rule)];
  const jobs = places.map((place) => ({
    plan: plan.selections[place]!,
    grid: countedGrid(plan.selections[place]!, grid),
  }));
  const found = await countSlots([{ db, columns, forEachUnit }], plan, jobs, { maxSeries: 1000 });
  const counts = new Map(places.map((place, n) => [place, found[n]!]));
  const judged = judge(
    rule,
    { grid, selections: plan.selections, counts },
    {
      ...{ tenant: 't', maxSeries: 1000, bucketNs: window, cut: [], judgedFromNs: fromNs, limit: 100_000 },
      ...{ facts: NO_FACTS, rememberedSlots: Number(WINDOWS_BEFORE) * perWindow },
    },
  );
  const idsOf = (hashes: readonly bigint[]) => traceIdsByHash(db, MERGED.traces, hashes);
  return (await withTraces(idsOf, [judged]))[0]!;
}

const aDelivery = someOverTraces.chain((traces) =>
  fc.tuple(
    fc.constant(traces),
    fragmented(traces).chain((fragments) =>
      fc.tuple(
        ...fragments.map((fragment) =>
          fc.record({
            fragment: fc.constant(fragment),
            next: fc.constantFrom('wait', 'take', 'take', 'tidy', 'restart' as const),
          }),
        ),
      ),
    ),
  ),
);

describe('windows that are counted as spans come', () => {
  it('are those that a replay finds, in any order, with copies, late spans and processes that end', async () => {
    await fc.assert(
      fc.asyncProperty(
        someWindowRules,
        aDelivery,
        fc.integer({ min: 0, max: 40 }),
        async (text, [traces, steps], from) => {
          const plan = planWindowRules(rulesIn(text));
          const kept = await new Kept(plan).start();
          const come: Trace[] = [];
          const over = new Set<string>();
          const takeAll = async (): Promise<void> =>
            await kept.take(...come.filter((trace) => !over.has(trace.traceId)).map((trace) => [trace]));
          for (const [n, { fragment, next }] of steps.entries()) {
            come.push(fragment);
            if (next === 'wait') continue;
            await takeAll();
            if (next === 'restart') await kept.start();
            if (next !== 'tidy') continue;
            const left = new Set(steps.slice(n + 1).map((step) => step.fragment.traceId));
            await kept.store.tidy(({ traceId: id }) => left.has(id), OVER_BASE - 100n * SECOND, NOW);
            for (const trace of come) if (!left.has(trace.traceId)) over.add(trace.traceId);
          }
          await takeAll();
          for (const rule of plan.rules) {
            const every = BigInt(rule.every);
            const fromNs = ((OVER_BASE + BigInt(from) * SECOND) / every) * every;
            const windows = { fromNs, toNs: fromNs + BigInt(rule.window) + 5n * every };
            const found = await kept.store.judge('t', rule, windows);
            expect(found).toEqual(await replayed(plan, rule, traces, windows));
          }
          kept.close();
        },
      ),
      { numRuns: runs(6), endOnFailure: true },
    );
  });
});

const COUNTED = 'rule busy { over 10s never { name = "a" } | count_over_time() by (span.who) > 1 }';
const OTHER = 'rule other { over 10s never { name = "b" } | count_over_time() > 1 }';

/** So many spans of one trace in the first window. */
function some(number: number, count: number, name = 'a'): Trace {
  const spans = Array.from({ length: count }, (_, n) => ({
    ...span(n + 1, n === 0 ? undefined : 1, { name, attributes: { who: `w${number}` } }),
    start: OVER_BASE + BigInt(n) * 1000n,
  }));
  return { traceId: traceId(number), spans };
}

const FIRST = { fromNs: OVER_BASE, toNs: OVER_BASE + 10n * SECOND };

describe('what is counted', () => {
  it('continues where other rules change, and begins anew for those that are new', async () => {
    const both = planWindowRules(rulesIn(`${OTHER} ${COUNTED}`));
    const kept = await new Kept(planWindowRules(rulesIn(COUNTED))).start();
    await kept.take([some(1, 2)]);
    await kept.setRules(both, NOW);
    const [other, busy] = both.rules as [WindowRulePlan, WindowRulePlan];
    expect((await kept.store.judge('t', busy, FIRST)).violated).toBe(1);
    expect(kept.store.knownSince(busy)).toEqual({ fromNs: OVER_BASE - 1000n * SECOND });
    expect(kept.store.knownSince(other)).toEqual({ fromNs: NOW });
    kept.close();
  });

  it('waits for stored blocks where it would be more than may be kept, and begins anew some time later', async () => {
    const plan = planWindowRules(rulesIn(COUNTED));
    const [busy] = plan.rules as [WindowRulePlan];
    const kept = await new Kept(plan, { mostCounts: 2 }).start();
    await kept.take([some(1, 1)], [some(2, 1)], [some(3, 1)]);
    await kept.store.tidy(() => false, 0n, NOW);
    expect(kept.store.knownSince(busy)).toEqual({
      waits: 'it needs more than 2 counts (live.over_counts)',
    });
    await kept.store.take('t', snapshotsOf([[some(4, 1)]]), NOW + 11n * SECOND);
    expect(kept.store.knownSince(busy)).toEqual({ fromNs: NOW + 11n * SECOND });
    // Also where a process ends meanwhile.
    await kept.store.tidy(() => false, 0n, NOW);
    await kept.take([some(5, 1)], [some(6, 1)], [some(7, 1)]);
    await kept.store.tidy(() => false, 0n, NOW);
    await kept.start(NOW + 60n * SECOND);
    expect(kept.store.knownSince(busy)).toEqual({ fromNs: NOW + 60n * SECOND });
    kept.close();
  });

  it('lets go of what no window needs, and of windows from before that nothing is known', async () => {
    const plan = planWindowRules(rulesIn(COUNTED));
    const [busy] = plan.rules as [WindowRulePlan];
    const kept = await new Kept(plan).start();
    await kept.take([some(1, 2)]);
    await kept.store.tidy(() => false, OVER_BASE + 140n * SECOND, NOW);
    expect((await kept.store.judge('t', busy, FIRST)).violated).toBe(1);
    await kept.store.tidy(() => false, OVER_BASE + 150n * SECOND, NOW);
    expect((await kept.store.judge('t', busy, FIRST)).violated).toBe(0);
    expect(kept.store.knownSince(busy)).toEqual({ fromNs: OVER_BASE + 10n * SECOND });
    kept.close();
  });

  it('begins anew after a time without a process that senders may not have waited for', async () => {
    const plan = planWindowRules(rulesIn(COUNTED));
    const [busy] = plan.rules as [WindowRulePlan];
    const kept = await new Kept(plan).start();
    await kept.store.tidy(() => false, 0n, NOW);
    await kept.start(NOW + 290n * SECOND);
    expect(kept.store.knownSince(busy)).toEqual({ fromNs: OVER_BASE - 1000n * SECOND });
    await kept.start(NOW + 310n * SECOND);
    expect(kept.store.knownSince(busy)).toEqual({ fromNs: NOW + 310n * SECOND });
    kept.close();
  });

  it('knows up to where windows were judged, whatever process did', async () => {
    const plan = planWindowRules(rulesIn(COUNTED));
    const [busy] = plan.rules as [WindowRulePlan];
    const kept = await new Kept(plan).start();
    expect(kept.store.judgedUntil('t', busy)).toBeUndefined();
    await kept.store.settle('t', [[busy, FIRST.toNs]]);
    await kept.start();
    expect(kept.store.judgedUntil('t', busy)).toBe(FIRST.toNs);
    expect(kept.store.judgedUntil('u', busy)).toBeUndefined();
    kept.close();
  });
});

it('labels are written as a text that has all of them', () => {
  const aScalar = fc.oneof(
    fc.string(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.boolean(),
  );
  const aLabel = fc.record({
    name: fc.string(),
    value: fc.oneof(aScalar, fc.constant(null), fc.array(aScalar)),
  });
  fc.assert(
    fc.property(fc.array(aLabel), (labels) => {
      const read = labelsIn(labelsText(labels as never));
      // Minus zero and zero are one number.
      expect(JSON.parse(labelsText(read))).toEqual(JSON.parse(labelsText(labels as never)));
      expect(read.map(({ value }) => typeof value)).toEqual(labels.map(({ value }) => typeof value));
    }),
  );
});
