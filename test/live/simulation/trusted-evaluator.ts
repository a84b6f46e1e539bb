import type { Evaluator, Judgement, RuleJudgement } from '../../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { Plan, RulePlan } from '../../../engine/plan/plan.js';
import { problemOf } from '../../../engine/sql/store/problem-of.js';
import { TooSlow } from '../../../engine/sql/store/time-limit.js';
import type { FoundViolation } from '../../../engine/verdicts/violation.js';
import type { ViolationPage } from '../../../engine/verdicts/violation-page.js';
import type { Judged, JudgedTrace } from './judged.js';
import { casesOf, type Verdict, verdictsOn } from './verdicts.js';

export interface Limits {
  readonly mostViolations: number;
  readonly tracesInMemory: number;
}

interface Found {
  readonly rule: RulePlan;
  readonly violation: FoundViolation;
}

const DAY_NS = 86_400_000_000_000n;

/** Judges in the place of the database, by the slow evaluator and within bounds as small as a seed wants them. */
export class TrustedEvaluator implements Evaluator {
  constructor(
    private readonly judged: Judged,
    private readonly limits: Limits,
    /** Whether the rule cannot be judged now. */
    private readonly failing: (rule: RulePlan) => boolean,
  ) {}

  close(): void {}

  async evaluate(plan: Plan, snapshots: readonly TraceSnapshot[]): Promise<Judgement> {
    await undefined;
    if (snapshots.length > this.limits.tracesInMemory)
      throw new Error('Out of Memory Error: as the seed wants it');
    const traces = snapshots.map((one) => this.judged.traceOf(one));
    for (const trace of traces) this.judged.begin(trace);
    const failed = plan.rules.filter((rule) => this.failing(rule));
    for (const rule of failed) for (const trace of traces) this.judged.note(trace, rule, undefined);
    const found: Found[] = [];
    return {
      rules: plan.rules
        .filter((rule) => !failed.includes(rule))
        .map((rule) => this.judge(rule, traces, found)),
      failed: failed.map((rule) => ({ rule, problem: problemOf(new TooSlow(1)) })),
      violations: () => this.pages(found),
      doubts: () => Promise.resolve(new Map()),
    };
  }

  private judge(rule: RulePlan, traces: readonly JudgedTrace[], found: Found[]): RuleJudgement {
    const verdicts = traces.flatMap((trace) => {
      this.judged.note(trace, rule, casesOf(trace, rule));
      return verdictsOn({ traceId: trace.traceId, spans: [...trace.spans] }, rule);
    });
    for (const { kind, found: violation } of verdicts)
      if (kind === 'violation') found.push({ rule, violation });
    const count = (wanted: Verdict['kind']): number => verdicts.filter(({ kind }) => kind === wanted).length;
    const [passed, violated, cannotTell] = [count('pass'), count('violation'), count('cannot tell')];
    const [first] = verdicts;
    const start = first === undefined ? 0n : (first.found.time / DAY_NS) * DAY_NS;
    return {
      rule,
      passed,
      cannotTell,
      ms: 1,
      facts: new Map(),
      days: [{ start, passed, violated, cannotTell }],
    };
  }

  private async *pages(found: readonly Found[]): AsyncGenerator<ViolationPage> {
    const { mostViolations } = this.limits;
    for (let from = 0; from < found.length; from += mostViolations) {
      const some = found.slice(from, from + mostViolations);
      yield { found: some.map(({ rule, violation }) => ({ rule, violations: [violation] })), failed: [] };
    }
  }
}
