import type { RulePlan } from '../plan/plan.js';
import {
  bothFacts,
  clauseFacts,
  isRuleVacuous,
  NO_FACTS,
  type RuleFacts,
} from '../plan/vacuity/rule-needs.js';
import type { BucketCounts, RuleEvaluation } from '../verdicts/evaluation.js';
import type { JudgedFlowRule, JudgedTraceRule } from '../verdicts/judged-rule.js';
import type { RuleProblem } from '../verdicts/rule-problem.js';
import type { UndecidedCase } from '../verdicts/undecided-case.js';
import { byTime, type TraceViolation } from '../verdicts/violation.js';
import { violationId } from '../verdicts/violation-id.js';

/** Adds up what the units of a run found for one rule, holding no more than `limit` violations. */
export class RuleCollector {
  /** What keeps the rule from being judged any further; what was found before stays. */
  problem: RuleProblem | undefined;
  private readonly buckets = new Map<bigint, BucketCounts>();
  private violations: TraceViolation[] = [];
  /** What the spans so far have of what the clauses need. */
  facts: RuleFacts = NO_FACTS;
  private readonly missing = new Map<string, number>();
  private undecided = 0;
  private undecidedCases: readonly UndecidedCase[] = [];
  private first: bigint | undefined;
  private last: bigint | undefined;

  constructor(
    private readonly tenant: string,
    readonly rule: RulePlan,
    private readonly limit: number,
  ) {}

  add(found: RuleEvaluation): void {
    for (const bucket of found.buckets) {
      const known = this.buckets.get(bucket.start);
      this.buckets.set(bucket.start, known === undefined ? bucket : sum(known, bucket));
    }
    this.undecided += found.undecided;
    this.undecidedCases = [...this.undecidedCases, ...found.undecidedCases]
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.traceId < b.traceId ? -1 : 1))
      .slice(0, this.limit);
    for (const facts of found.facts.values()) this.facts = bothFacts(this.facts, facts);
    for (const [name, count] of found.missing) this.missing.set(name, (this.missing.get(name) ?? 0) + count);
    if (found.first !== undefined && (this.first === undefined || found.first < this.first))
      this.first = found.first;
    if (found.last !== undefined && (this.last === undefined || found.last > this.last))
      this.last = found.last;
    const added = found.violations.map((violation) => ({
      ...violation,
      id: violationId(this.tenant, this.rule, violation),
    }));
    this.violations = [...this.violations, ...added].sort(byTime).slice(0, this.limit);
  }

  /** The time of the last violation that is listed so far, once there are as many as may be: of later ones none will be. */
  get lastListed(): bigint | undefined {
    return this.violations.length < this.limit ? undefined : this.violations.at(-1)?.time;
  }

  result(): JudgedTraceRule {
    return { kind: 'trace', ...this.counted() };
  }

  /** The same of a rule across traces. */
  flowResult(): JudgedFlowRule {
    const { applicable, ...counted } = this.counted();
    const { undecided, undecidedCases } = this;
    return { kind: 'flow', ...counted, applicable: applicable + undecided, undecided, undecidedCases };
  }

  private counted(): Omit<JudgedTraceRule, 'kind'> {
    const clauses = clauseFacts(this.rule.needs, this.facts);
    const isVacuous = isRuleVacuous(this.rule.settings, clauses);
    const buckets = [...this.buckets.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
    const total = (key: 'passed' | 'violated' | 'cannotTell'): number =>
      buckets.reduce((total, bucket) => total + bucket[key], 0);
    // Which clauses had what they need is known only at the end, of all traces together.
    const held = total('passed');
    const [passed, vacuous] = isVacuous ? [0, held] : [held, 0];
    const [violated, cannotTell] = [total('violated'), total('cannotTell')];
    return {
      rule: this.rule,
      applicable: held + violated + cannotTell,
      passed,
      vacuous,
      violated,
      cannotTell,
      clauses,
      facts: this.facts,
      ...(this.first === undefined ? {} : { first: this.first }),
      ...(this.last === undefined ? {} : { last: this.last }),
      buckets,
      violations: this.violations,
      missing: this.missing,
      ...(this.problem === undefined ? {} : { problem: this.problem }),
    };
  }
}

function sum(a: BucketCounts, b: BucketCounts): BucketCounts {
  return {
    start: a.start,
    passed: a.passed + b.passed,
    violated: a.violated + b.violated,
    cannotTell: a.cannotTell + b.cannotTell,
  };
}
