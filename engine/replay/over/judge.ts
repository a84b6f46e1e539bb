import { createHash } from 'node:crypto';
import type { NamedValue } from '../../otlp/named-value.js';
import { sameLabels } from '../../plan/series-labels.js';
import { clauseFacts, isRuleVacuous, NO_FACTS, type RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { holds } from '../../query/metrics/steps.js';
import type { BucketCounts } from '../../verdicts/evaluation.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { UnjudgedWindows, WindowViolation } from '../../verdicts/window-violation.js';
import { type CaseLabels, CaseSeries, type Counted } from './case-series.js';
import { presence } from './series-timeline.js';
import { byTelling, seriesKey } from './slot-counts.js';
import { forEachPiece, type Timeline } from './timeline.js';
import { countedGrid, gridEnd, type WindowGrid, windowNs, windowStart } from './windows.js';

export interface JudgeOptions {
  readonly tenant: string;
  /** Width of the buckets of the counts, in nanoseconds. */
  readonly bucketNs: bigint;
  /** Violations listed. */
  readonly limit: number;
  /** What the run has shown of what the clauses need. */
  readonly facts: RuleFacts;
  /** Series that a window may have. */
  readonly maxSeries: number;
  /** Windows that the range cuts. */
  readonly cut: readonly UnjudgedWindows[];
  /** Start of the first window that is judged; those before only tell which series there are. Default: the grid's. */
  readonly judgedFromNs?: bigint;
  /** For how many slots behind a window a series that was seen is one that has nothing. Default: all of the run, before and behind. */
  readonly rememberedSlots?: number;
}

/** A result before the keys of traces, which the run knows them by, are ids. */
export interface Judgement extends Omit<JudgedWindowRule, 'violations'> {
  readonly violations: readonly (Omit<WindowViolation, 'traces'> & {
    readonly witnesses: readonly bigint[];
  })[];
}

/** A series has a value in a window or has none: the rule can always tell. */
const NEVER_IN_DOUBT = { cannotTell: 0, missing: new Map<string, number>() } as const;

/** The verdicts of a rule on every window of every series. */
export function judge(rule: WindowRulePlan, counted: Counted, options: JudgeOptions): Judgement {
  const { grid } = counted;
  const { limit, judgedFromNs = grid.startNs } = options;
  const skipped = judgedFromNs > grid.startNs ? Number((judgedFromNs - grid.startNs) / grid.stepNs) : 0;
  const crowded = crowdedIn(counted, options.maxSeries);
  const verdicts = new Verdicts(grid.windows, limit, (window) => window >= skipped && crowded[window] === 0);
  const series = new CaseSeries(counted);
  for (const clauses of clausesByLabels(rule)) judgeCases(rule, clauses, series, verdicts, counted, options);
  const { passed, violated } = verdicts.counts();
  const buckets = new Map<bigint, { passed: number; violated: number }>();
  let [first, last]: (bigint | undefined)[] = [];
  let judged = 0;
  for (let window = skipped; window < grid.windows; window++) {
    if (crowded[window] === 0) judged++;
    if (passed[window] === 0 && violated[window] === 0) continue;
    const startNs = windowStart(grid, window);
    const start = (startNs / options.bucketNs) * options.bucketNs;
    const known = buckets.get(start) ?? { passed: 0, violated: 0 };
    known.passed += passed[window]!;
    known.violated += violated[window]!;
    buckets.set(start, known);
    if (violated[window] === 0) continue;
    first ??= startNs;
    last = startNs;
  }
  const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0);
  const [passes, violations] = [sum(passed), sum(violated)];
  const clauses = clauseFacts(rule.needs, options.facts);
  const vacuous = isRuleVacuous(rule.settings, clauses) ? passes : 0;
  return {
    kind: 'window',
    rule,
    facts: options.facts,
    clauses,
    windows: { count: judged, fromNs: windowStart(grid, skipped), toNs: gridEnd(grid) },
    unjudged: [...options.cut, ...crowdedRuns(crowded, skipped, grid)],
    series: verdicts.series,
    applicable: passes + violations,
    passed: passes - vacuous,
    vacuous,
    violated: violations,
    ...NEVER_IN_DOUBT,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    buckets: [...buckets].map(([start, counts]): BucketCounts => ({ start, ...counts, cannotTell: 0 })),
    violations: verdicts.earliest(violated).map(({ window, of: caseLabels, clause, value }) => {
      const fromNs = windowStart(grid, window);
      const labels = shownLabels(caseLabels, rule.clauses[clause]!.test.labels);
      return {
        id: windowViolationId(options.tenant, rule, caseLabels, fromNs),
        fromNs,
        toNs: fromNs + windowNs(grid),
        labels,
        clause,
        value,
        witnesses: witnesses(series, rule, clause, caseLabels, window, grid),
      };
    }),
  };
}

/** A rule whose windows the range does not hold has nothing to judge. */
export function notJudged(rule: WindowRulePlan, cut: readonly UnjudgedWindows[] = []): JudgedWindowRule {
  return {
    kind: 'window',
    rule,
    facts: NO_FACTS,
    clauses: [],
    windows: { count: 0 },
    unjudged: cut,
    series: 0,
    applicable: 0,
    passed: 0,
    vacuous: 0,
    violated: 0,
    ...NEVER_IN_DOUBT,
    buckets: [],
    violations: [],
  };
}

/** Indices of clauses that are about the same cases. */
function clausesByLabels(rule: WindowRulePlan): readonly (readonly number[])[] {
  const groups: { readonly labels: readonly string[]; readonly clauses: number[] }[] = [];
  for (const [n, { test }] of rule.clauses.entries()) {
    const known = groups.find(({ labels }) => sameLabels(labels, test.labels));
    if (known === undefined) groups.push({ labels: test.labels, clauses: [n] });
    else known.clauses.push(n);
  }
  return groups.map(({ clauses }) => clauses);
}

function judgeCases(
  rule: WindowRulePlan,
  clauses: readonly number[],
  series: CaseSeries,
  verdicts: Verdicts,
  { grid, counts, selections }: Counted,
  { rememberedSlots }: JudgeOptions,
): void {
  const { when } = rule;
  const tests = clauses.map((n) => rule.clauses[n]!);
  const labels = tests[0]!.test.labels;
  for (const [key, caseLabels] of [...series.seen(labels)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const values = tests.map(({ test }) => series.timeline(test.series, caseLabels));
    const chosen = when && series.timeline(when.series, caseLabels);
    const known =
      rememberedSlots === undefined || labels.length === 0 ? undefined : knownTimeline(key, rememberedSlots);
    const asked = [
      ...values,
      ...(chosen === undefined ? [] : [chosen]),
      ...(known === undefined ? [] : [known]),
    ];
    forEachPiece(asked, grid.windows, (from, to, found) => {
      if (known !== undefined && found.at(-1) === 0) return;
      if (when !== undefined && !holds(found[tests.length]!, when.operator, when.value)) return;
      let isJudged = false;
      const broken = tests.findIndex(({ keyword, test }, n) => {
        const value = found[n]!;
        if (Number.isNaN(value)) return false;
        isJudged = true;
        return holds(value, test.operator, test.value) === (keyword === 'never');
      });
      if (broken !== -1)
        verdicts.violate({ of: caseLabels, key, clause: clauses[broken]!, value: found[broken]!, from, to });
      else if (isJudged) verdicts.pass(key, from, to);
    });
  }

  function knownTimeline(key: string, after: number): Timeline {
    const slots = new Set<number>();
    for (const [n, { series: all }] of counts)
      if (selections[n]?.prior === undefined)
        for (const slot of all.get(key)?.cells.keys() ?? []) slots.add(slot);
    return presence(slots, grid, after);
  }
}

/** Violations of one series in windows that follow each other. */
interface ViolatedRun {
  readonly of: CaseLabels;
  readonly key: string;
  readonly clause: number;
  readonly value: number;
  /** Windows, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

/** Counts the verdicts of windows, and keeps the earliest violations. */
class Verdicts {
  private readonly passed: Float64Array;
  private readonly violated: Float64Array;
  private readonly judged: Uint8Array;
  private readonly keys = new Set<string>();
  private runs: ViolatedRun[] = [];

  constructor(
    private readonly windows: number,
    private readonly limit: number,
    isJudged: (window: number) => boolean,
  ) {
    this.passed = new Float64Array(windows + 1);
    this.violated = new Float64Array(windows + 1);
    this.judged = Uint8Array.from({ length: windows }, (_, window) => (isJudged(window) ? 1 : 0));
  }

  get series(): number {
    return this.keys.size;
  }

  pass(key: string, from: number, to: number): void {
    if (this.nextJudged(from, to) === undefined) return;
    this.keys.add(key);
    this.passed[from] = this.passed[from]! + 1;
    this.passed[to] = this.passed[to]! - 1;
  }

  violate(run: ViolatedRun): void {
    const from = this.nextJudged(run.from, run.to);
    if (from === undefined) return;
    this.keys.add(run.key);
    this.violated[from] = this.violated[from]! + 1;
    this.violated[run.to] = this.violated[run.to]! - 1;
    this.runs.push({ ...run, from });
    // Each run has a violation in its first window: what begins after `limit` others is not among the earliest.
    if (this.runs.length > 2 * this.limit + 1000) this.runs = this.runs.sort(byFirst).slice(0, this.limit);
  }

  /** Cases by window. */
  counts(): { readonly passed: Float64Array; readonly violated: Float64Array } {
    const summed = (changes: Float64Array): Float64Array => {
      let count = 0;
      return this.judged.reduce((counts, judged, window) => {
        count += changes[window]!;
        counts[window] = judged * count;
        return counts;
      }, new Float64Array(this.windows));
    };
    return { passed: summed(this.passed), violated: summed(this.violated) };
  }

  /** In order of windows, then of keys. `violated` are the counts. */
  earliest(
    violated: Float64Array,
  ): readonly (Pick<ViolatedRun, 'of' | 'clause' | 'value'> & { readonly window: number })[] {
    let listed = 0;
    let end = 0;
    while (end < this.windows && listed < this.limit) listed += violated[end++]!;
    return this.runs
      .flatMap((run) =>
        Array.from({ length: Math.max(0, Math.min(run.to, end) - run.from) }, (_, n) => ({
          ...run,
          window: run.from + n,
        })),
      )
      .filter(({ window }) => this.judged[window] === 1)
      .sort((a, b) => a.window - b.window || (a.key < b.key ? -1 : 1))
      .slice(0, this.limit);
  }

  private nextJudged(from: number, to: number): number | undefined {
    const next = this.judged.indexOf(1, from);
    return next === -1 || next >= to ? undefined : next;
  }
}

function byFirst(a: ViolatedRun, b: ViolatedRun): number {
  return a.from - b.from || (a.key < b.key ? -1 : 1);
}

/** 1 for each window in which some selection has more series than it may. */
function crowdedIn({ grid: judged, counts, selections }: Counted, maxSeries: number): Uint8Array {
  const crowded = new Uint8Array(judged.windows);
  for (const [n, { series, crowded: slots }] of counts) {
    const grid = countedGrid(selections[n]!, judged);
    for (const slot of slots) crowded.fill(1, Math.max(0, slot - grid.perWindow + 1), slot + 1);
    if (series.size <= maxSeries) continue;
    const changes = new Float64Array(grid.windows + 1);
    for (const { cells } of series.values()) {
      const { at, values } = presence(cells.keys(), grid);
      for (const [n, window] of at.entries()) {
        const change = values[n]! - (values[n - 1] ?? 0);
        changes[window] = changes[window]! + change;
      }
    }
    let there = 0;
    for (let window = 0; window < grid.windows; window++) {
      there += changes[window]!;
      if (there > maxSeries) crowded[window] = 1;
    }
  }
  return crowded;
}

function crowdedRuns(crowded: Uint8Array, skipped: number, grid: WindowGrid): readonly UnjudgedWindows[] {
  const runs: UnjudgedWindows[] = [];
  for (let from = crowded.indexOf(1, skipped); from !== -1; ) {
    const end = crowded.indexOf(0, from);
    const to = end === -1 ? grid.windows : end;
    const [fromNs, toNs] = [windowStart(grid, from), windowStart(grid, to - 1) + windowNs(grid)];
    runs.push({ reason: 'series', count: to - from, fromNs, toNs });
    from = crowded.indexOf(1, to);
  }
  return runs;
}

/** In the order of `by`; what spans have not makes no label, unless there would be none at all. */
function shownLabels(caseLabels: CaseLabels, names: readonly string[]): readonly NamedValue[] {
  const all = names.flatMap((name) => caseLabels.filter((label) => label.name === name));
  const present = all.filter(({ value }) => value !== null);
  return present.length === 0 ? all.slice(0, 1) : present;
}

/** Traces that the value of a window came from, by hash, those with the greatest values first. */
function witnesses(
  series: CaseSeries,
  rule: WindowRulePlan,
  clause: number,
  caseLabels: CaseLabels,
  window: number,
  { perWindow }: WindowGrid,
): readonly bigint[] {
  return series.cellsOf(rule.clauses[clause]!.test.series, caseLabels).flatMap(({ cells }) =>
    [...cells]
      .filter(([slot]) => slot >= window && slot < window + perWindow)
      .flatMap(([, cell]) => cell.witnesses)
      .sort(byTelling)
      .map(({ trace }) => trace),
  );
}

/** A hash over what the violation is: tenant, rule and its revision, series and window. */
function windowViolationId(
  tenant: string,
  rule: WindowRulePlan,
  caseLabels: CaseLabels,
  fromNs: bigint,
): string {
  const parts = [tenant, rule.id, rule.revision, seriesKey(caseLabels), fromNs.toString(), rule.window];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
