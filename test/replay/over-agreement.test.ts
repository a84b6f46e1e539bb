/** Rules over many traces find what they mean, as the oracle has it: over stored blocks, and whatever the parts that traces come in. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResolvedWindowRule } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { printField } from '../../engine/language/print/print-field.js';
import type { Trace } from '../../engine/otlp/model.js';
import { planWindowRules } from '../../engine/plan/lower/lower-windows.js';
import { selectionsOfRule } from '../../engine/replay/over/count-rules.js';
import { countSlots } from '../../engine/replay/over/count-slots.js';
import { windowFacts } from '../../engine/replay/over/facts.js';
import { judge, notJudged } from '../../engine/replay/over/judge.js';
import { replayOver } from '../../engine/replay/over/replay-over.js';
import { countedGrid, type OverRange, windowsOf } from '../../engine/replay/over/windows.js';
import { ofKind } from '../../engine/shared/of-kind.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import type { JudgedWindowRule } from '../../engine/verdicts/judged-rule.js';
import {
  anOverRange,
  OVER_BASE,
  rulesOfWindowsAlone,
  someOverTraces,
  someWindowRules,
} from '../support/arbitrary/over.js';
import { span, traceId } from '../support/arbitrary/spans.js';
import { fragmented, inThreeBlocks } from '../support/arbitrary/trace.js';
import { makeStorage } from '../support/made-storage.js';
import { resultIdentity } from '../support/metrics-evaluation.js';
import { evaluateWindowRule } from '../support/oracle/over.js';
import { runs } from '../support/runs.js';
import { openStored } from '../support/stored.js';
import { inUnits } from '../support/units.js';

const SETTINGS = { bucketNs: 1n << 40n, limit: 100_000 };
/** Few enough to matter, or more than there are. */
const aBound = fc.constantFrom(2, 3, 1000, 1000);

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

function rulesOf(text: string): readonly ResolvedWindowRule[] {
  const { rules, files } = loadWorkspace(new Map([['/made.betrace', text]]));
  const errors = [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ code, message }) => `${code} ${message}`),
  );
  expect(errors).toEqual([]);
  return ofKind(rules, 'window');
}

/** The traces come in as many units, each of which has some of them whole. */
async function judgedInUnits(
  rules: readonly ResolvedWindowRule[],
  fragments: readonly Trace[],
  range: OverRange,
  units: number,
  maxSeries = 1000,
): Promise<readonly Judged[]> {
  const plan = planWindowRules(rules);
  const columns = await loadTraces(db, fragments, plan.needs);
  const forEachUnit = inUnits(db, units);
  const judgements: Judged[] = [];
  for (const rule of plan.rules) {
    const shape = { window: BigInt(rule.window), every: BigInt(rule.every) };
    const { grid, cut } = windowsOf(shape, range);
    if (grid === undefined) {
      judgements.push(notJudged(rule, cut));
      continue;
    }
    const places = [...selectionsOfRule(rule)];
    const jobs = places.map((place) => ({
      plan: plan.selections[place]!,
      grid: countedGrid(plan.selections[place]!, grid),
    }));
    const found = await countSlots([{ db, columns, forEachUnit }], plan, jobs, { maxSeries });
    const counts = new Map(places.map((place, n) => [place, found[n]!]));
    const facts = windowFacts(rule, counts, (attribute) => columns.typesFor(attribute).length > 0);
    const counted = { grid, selections: plan.selections, counts };
    judgements.push(judge(rule, counted, { ...SETTINGS, maxSeries, tenant: 't', facts, cut }));
  }
  return judgements;
}

type Judged = Pick<
  JudgedWindowRule,
  'rule' | 'windows' | 'unjudged' | 'applicable' | 'passed' | 'vacuous' | 'violated'
> & {
  readonly violations: readonly Pick<
    JudgedWindowRule['violations'][number],
    'fromNs' | 'labels' | 'clause' | 'value'
  >[];
};

/** What two evaluators are compared by. */
interface Outcome {
  readonly windows: number;
  /** Windows that were not judged. */
  readonly unjudged: number;
  readonly applicable: number;
  readonly passed: number;
  readonly violations: readonly string[];
}

function outcomeOf(found: Judged): Outcome {
  expect(found.violated).toBe(found.violations.length);
  return {
    windows: found.windows.count,
    unjudged: found.unjudged.reduce((sum, { count }) => sum + count, 0),
    applicable: found.applicable,
    passed: found.passed + found.vacuous,
    violations: found.violations
      .map(({ fromNs, labels, clause, value }) =>
        violationText(
          fromNs,
          labels.map(({ name, value: label }) => [name, resultIdentity(label)]),
          clause,
          value,
        ),
      )
      .sort(),
  };
}

function oracleOutcome(
  { expanded: { when, clauses }, settings }: ResolvedWindowRule,
  traces: readonly Trace[],
  range: OverRange,
  maxSeries: number,
): Outcome {
  const windowNs = settings.overNs!;
  const rule = {
    ...(when === undefined ? {} : { when }),
    clauses: clauses.map(({ keyword, test }) => ({ kind: keyword, test })),
  };
  const found = evaluateWindowRule({ ...rule, windowNs, everyNs: settings.everyNs ?? windowNs }, traces, {
    range,
    nameOf: printField,
    maxSeries,
  });
  return {
    windows: found.judged.length,
    unjudged: found.cut.length + found.crowded.length,
    applicable: found.applicable,
    passed: found.passed,
    violations: found.violations
      .map(({ fromNs, labels, clause, value }) => violationText(fromNs, [...labels], clause, value))
      .sort(),
  };
}

/** Labels that a span has not are shown only where it has no other. */
function violationText(
  fromNs: bigint,
  labels: readonly (readonly [name: string, value: string])[],
  clause: number,
  value: number,
): string {
  const shown = labels.filter(([, label]) => label !== 'nil').sort();
  const seconds = Number(fromNs - OVER_BASE) / 1e9;
  return `${seconds}s clause ${clause} ${JSON.stringify(shown)} = ${Number(value.toPrecision(12))}`;
}

const inFragments = someOverTraces.chain((traces) => fc.tuple(fc.constant(traces), fragmented(traces)));

describe('rules over many traces', () => {
  it('find what the oracle finds, in one part and in several', async () => {
    await fc.assert(
      fc.asyncProperty(
        someWindowRules,
        inFragments,
        anOverRange,
        aBound,
        async (text, [traces, fragments], range, bound) => {
          const rules = rulesOf(text);
          const wanted = rules.map((rule) => oracleOutcome(rule, traces, range, bound));
          const whole = await judgedInUnits(rules, traces, range, 1, bound);
          expect(whole.map(outcomeOf)).toEqual(wanted);
          expect(withoutWitnesses(await judgedInUnits(rules, fragments, range, 3, bound))).toEqual(
            withoutWitnesses(whole),
          );
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it('find what the oracle finds over stored blocks, however traces lie in them', async () => {
    await fc.assert(
      fc.asyncProperty(
        rulesOfWindowsAlone,
        inFragments,
        anOverRange,
        fc.constantFrom('vParquet4' as const, 'vParquet5' as const),
        aBound,
        async (text, [traces, fragments], range, format, bound) => {
          const rules = rulesOf(text);
          const wanted = rules.map((rule) => oracleOutcome(rule, traces, range, bound));
          if (traces.length === 0) return;
          const whole = await replayedOver(rules, range, bound, format, [traces]);
          expect(whole.map(({ problem }) => problem)).toEqual(rules.map(() => undefined));
          expect(whole.map(outcomeOf)).toEqual(wanted);
          const split = await replayedOver(
            rules,
            range,
            bound,
            format,
            inThreeBlocks(fragments).filter((block) => block.length > 0),
          );
          // Ids, labels, values and traces too.
          expect(split).toEqual(whole);
        },
      ),
      { numRuns: runs(3) },
    );
  });

  it('do not take for new what was seen before, nor anything before which too little is stored', async () => {
    const rules = rulesOf(
      `rule fresh { over 10s  when { name = "a" } | count_over_time() by (span.who) > 0
        never prior(30s, { name = "a" } | count_over_time() by (span.who)) = 0 }`,
    );
    const traceAt = (seconds: number, who: string, n: number): Trace => ({
      traceId: traceId(n),
      spans: [
        {
          ...span(1, undefined, { name: 'a', attributes: { who } }),
          start: OVER_BASE + BigInt(seconds) * 1_000_000_000n,
        },
      ],
    });
    const traces = [
      traceAt(1, 'x', 1),
      traceAt(15, 'y', 2),
      traceAt(32, 'y', 3),
      traceAt(33, 'z', 4),
      traceAt(44, 'x', 5),
    ];
    const range = (from: number) => ({
      fromNs: OVER_BASE + BigInt(from) * 1_000_000_000n,
      toNs: OVER_BASE + 50_000_000_000n,
    });
    const found = async (from: number) => {
      const [first] = await replayedOver(rules, range(from), 1000, 'vParquet5', [traces]);
      return {
        passed: first!.passed,
        violated: first!.violations.map(({ labels, fromNs }) => [labels[0]?.value, fromNs - OVER_BASE]),
        unjudged: first!.unjudged.map(({ reason, count }) => [reason, count]),
      };
    };
    // y was seen 17 s before; z never; x 40 s before.
    const judged = [
      ['z', 30_000_000_000n],
      ['x', 40_000_000_000n],
    ];
    expect(await found(0)).toEqual({ passed: 1, violated: judged, unjudged: [['prior', 3]] });
    expect(await found(30)).toEqual({ passed: 1, violated: judged, unjudged: [] });
    expect(await found(20)).toEqual({ passed: 1, violated: judged, unjudged: [['prior', 1]] });
  });

  it('compare the rate that a number is written for', async () => {
    const spans = Array.from({ length: 111 }, (_, n) => ({
      ...span(n + 1, n === 0 ? undefined : 1),
      start: OVER_BASE + BigInt(n) * 500_000_000n,
    }));
    const rules = rulesOf('rule r { over 1m always { } | rate() >= 1.85 }');
    const range = { fromNs: OVER_BASE, toNs: OVER_BASE + 60_000_000_000n };
    const [found] = await judgedInUnits(rules, [{ traceId: traceId(1), spans }], range, 1);
    expect(found).toMatchObject({ passed: 1, violated: 0 });
  });
});

async function replayedOver(
  rules: readonly ResolvedWindowRule[],
  range: OverRange,
  maxSeries: number,
  format: 'vParquet4' | 'vParquet5',
  blocks: readonly (readonly Trace[])[],
): Promise<readonly JudgedWindowRule[]> {
  const root = mkdtempSync(join(tmpdir(), 'betrace-over-'));
  const { stored, close } = await openStored(makeStorage(root, format, ...blocks));
  try {
    return await replayOver({ ...stored, ...SETTINGS, rules, range, maxSeries });
  } finally {
    await close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** All but the traces that are listed as examples: their ids are read from stored blocks. */
function withoutWitnesses(judged: readonly Judged[]) {
  return judged.map((found) => ({
    ...outcomeOf(found),
    vacuous: found.vacuous,
    plainlyPassed: found.passed,
  }));
}
