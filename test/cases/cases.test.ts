/**
 * Small inputs after public bug reports, whose `test` items state the right answer. Each is judged three ways, which have to agree: as
 * the tests of its file, over blocks of each format that are made of its traces, and live.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResolvedTest } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { protobufOf } from '../../engine/live/otlp/of-traces.js';
import type { Span } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { overStoredTraces } from '../../engine/spans/stored-run.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { actualText, expectationText, type Given, meets } from '../../engine/testing/expectation.js';
import { givenByTrace } from '../../engine/testing/given-by-trace.js';
import { type Round, roundsOf, type TracedTest } from '../../engine/testing/rounds.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { testTraces } from '../../engine/testing/test-trace.js';
import { readTestTraces } from '../../server/cli/test/read-traces.js';
import { TestLive } from '../live/support.js';
import { makeStorage } from '../support/made-storage.js';
import { openStored } from '../support/stored.js';

const CASES = fileURLToPath(new URL('../fixtures/cases', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'betrace-cases-'));
let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
  rmSync(work, { recursive: true, force: true });
});

interface Case {
  readonly text: string;
  readonly tests: readonly ResolvedTest[];
}

function caseOf(name: string): Case {
  const path = join(CASES, name, 'rule.betrace');
  const text = readFileSync(path, 'utf8');
  const { tests, files } = loadWorkspace(new Map([[path, text]]));
  const diagnostics = [...files.values()].flatMap((file) => file.diagnostics);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { text, tests };
}

async function rounds({ tests }: Case): Promise<readonly Round[]> {
  const traced: TracedTest[] = [];
  for (const test of tests) {
    const { from } = test.item;
    const traces = from === undefined ? testTraces(test.item) : await readTestTraces(test, from.value);
    if ('problem' in traces) throw new Error(traces.problem);
    traced.push({ test, traces });
  }
  return roundsOf(traced);
}

type Verdict = (rule: string, traceId: string) => Given | undefined;

/** What the tests of a round expect that did not come. */
function surprises({ tests }: Round, verdict: Verdict): readonly string[] {
  return tests.flatMap(({ test: { item }, traces }) => {
    const given = traces.flatMap(({ traceId }) => verdict(item.rule.text, traceId) ?? []);
    if (given.length < 2 && meets(given[0], item.expect)) return [];
    return [
      `${item.rule.text} "${item.title.value}": ${expectationText(item.expect)}, got ${given.map(actualText).join(' + ')}`,
    ];
  });
}

const names = readdirSync(CASES).sort();

describe.each(names)('%s', (name) => {
  it('as tests', async () => {
    const results = await runTests(db, caseOf(name).tests, readTestTraces);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  it.each(['vParquet4', 'vParquet5'] as const)('over blocks of %s', async (format) => {
    for (const [n, round] of (await rounds(caseOf(name))).entries()) {
      const plan = planRules(round.tests.flatMap(({ test }) => test.rule ?? []).filter(isFirst));
      const root = makeStorage(join(work, `${name}-${format}-${n}`), format, round.traces);
      const { stored, close } = await openStored(root);
      await overStoredTraces(stored, plan.needs, async (run) => {
        await run.forEachUnit(async () => {
          const given = await givenByTrace(run.db, plan, run.columns, run.traces);
          expect(surprises(round, given.of)).toEqual([]);
        });
      }).finally(close);
    }
  });

  it('live', async () => {
    const stated = caseOf(name);
    for (const round of await rounds(stated)) {
      const live = await TestLive.start({ rules: stated.text });
      const { refused } = await live.live.accept('shop', Buffer.from(protobufOf(round.traces)));
      const refusable = round.traces.flatMap(({ spans }) => spans.filter(isTooLate));
      expect([...refused.invalid.values()]).toEqual(refusable.length === 0 ? [] : [refusable.length]);
      await live.wait(45);
      const verdict: Verdict = (rule, traceId) => {
        const found = live.violations.filter(
          (violation) => violation.rule.id === rule && violation.found.traceId === traceId,
        );
        const violations = new Map<string, number>();
        for (const {
          rule: { clauses },
          found: { clause },
        } of found) {
          const { keyword, index } = clauses[clause]!;
          violations.set(`${keyword}#${index}`, (violations.get(`${keyword}#${index}`) ?? 0) + 1);
        }
        return { pass: 0, cannotTell: 0, violations, found: [] };
      };
      const inTime = round.tests.filter(({ traces }) => !traces.some(({ spans }) => spans.some(isTooLate)));
      const expected = inTime.filter(({ test }) => test.item.expect.verdict === 'violation');
      const others = inTime.filter(({ test }) => test.item.expect.verdict !== 'violation');
      expect(surprises({ ...round, tests: expected }, verdict)).toEqual([]);
      for (const { test, traces } of others)
        for (const { traceId } of traces)
          expect(verdict(test.item.rule.text, traceId)?.violations, test.item.title.value).toEqual(new Map());
    }
  });
});

/** Live refuses, and says so, what no sum of times could hold. */
function isTooLate({ start, duration }: Span): boolean {
  return start + duration >= 1n << 62n;
}

function isFirst<T>(item: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(item) === index;
}
