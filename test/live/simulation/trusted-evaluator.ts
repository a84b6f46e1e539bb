import type { Evaluator, Judgement, RuleJudgement } from '../../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { Plan, RulePlan } from '../../../engine/plan/plan.js';
import { problemOf } from '../../../engine/sql/store/problem-of.js';
import { TooSlow } from '../../../engine/sql/store/time-limit.js';
import type { FoundViolation } from '../../../engine/verdicts/violation.js';
import type { ViolationPage } from '../../../engine/verdicts/violation-page.js';
import type { Judged, JudgedTrace, JudgingMoment } from './judged.js';
import { isEarly } from './rules.js';
import { casesOf, type Verdict, verdictsOn } from './verdicts.js';

export interface Limits {
  readonly mostViolations: number;
  readonly tracesInMemory: number;
}

export interface EvaluatorPorts {
  /** Virtual milliseconds. */
  readonly now: () => number;
  /** How the rule fails on these traces together, if it does. */
  readonly failureOf: (rule: RulePlan, traces: readonly JudgedTrace[]) => RuleFailure | undefined;
  /** What happens before the traces are judged. */
  readonly before: (traces: readonly JudgedTrace[], snapshots: readonly TraceSnapshot[]) => Promise<void>;
}

export type RuleFailure = 'too slow' | 'too large';

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
    private readonly ports: EvaluatorPorts,
  ) {}

  close(): void {}

  async evaluate(plan: Plan, snapshots: readonly TraceSnapshot[]): Promise<Judgement> {
    const traces = snapshots.map((snapshot) => this.judged.traceOf(snapshot));
    await this.ports.before(traces, snapshots);
    if (snapshots.length > this.limits.tracesInMemory) {
      for (const rule of plan.rules) this.judged.noteFailure(traces, rule);
      throw outOfMemory();
    }
    for (const trace of traces) this.judged.begin(trace);
    const failures = new Map<RulePlan, RuleFailure>();
    for (const rule of plan.rules) {
      const failure = this.ports.failureOf(rule, traces);
      if (failure !== undefined) failures.set(rule, failure);
    }
    const moment: JudgingMoment = { at: this.ports.now(), early: isEarly(plan) };
    for (const rule of failures.keys()) this.judged.noteFailed(traces, rule, moment);
    const found: Found[] = [];
    return {
      rules: plan.rules
        .filter((rule) => !failures.has(rule))
        .map((rule) => this.judge(rule, traces, moment, found)),
      failed: [...failures].map(([rule, failure]) => ({
        rule,
        problem: problemOf(failure === 'too slow' ? new TooSlow(1) : outOfMemory()),
      })),
      violations: () => this.pages(found),
      doubts: () => Promise.resolve(new Map()),
    };
  }

  private judge(
    rule: RulePlan,
    traces: readonly JudgedTrace[],
    moment: JudgingMoment,
    found: Found[],
  ): RuleJudgement {
    const verdicts = traces.flatMap((trace) => {
      this.judged.note(trace, rule, casesOf(trace, rule), moment);
      return verdictsOn({ traceId: trace.traceId, spans: [...trace.spans] }, rule);
    });
    for (const { kind, found: violation } of verdicts)
      if (kind === 'violation') found.push({ rule, violation });
    const count = (wanted: Verdict['kind']): number => verdicts.filter(({ kind }) => kind === wanted).length;
    const [passed, violated, cannotTell] = [count('pass'), count('violation'), count('cannot tell')];
    const [first] = verdicts;
    const start = first === undefined ? 0n : (first.found.time / DAY_NS) * DAY_NS;
    const days = [{ start, passed, violated, cannotTell }];
    return { rule, passed, cannotTell, ms: 1, facts: new Map(), days, buckets: days };
  }

  private async *pages(found: readonly Found[]): AsyncGenerator<ViolationPage> {
    const { mostViolations } = this.limits;
    for (let from = 0; from < found.length; from += mostViolations) {
      const some = found.slice(from, from + mostViolations);
      yield { found: some.map(({ rule, violation }) => ({ rule, violations: [violation] })), failed: [] };
    }
  }
}

function outOfMemory(): Error {
  return new Error('Out of Memory Error: as the seed wants it');
}
