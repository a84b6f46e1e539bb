import { performance } from 'node:perf_hooks';
import type { RulePlan } from '../../plan/plan.js';
import { type Database, isOutOfMemory, type Session } from './database.js';
import { problemOf, RULE_TOO_LARGE, type RunProblem } from './rule-problem.js';
import { withTimeLimit } from './time-limit.js';

export interface GuardOptions {
  /** Milliseconds that one rule may take over the traces of one evaluation; default: no limit. */
  readonly ruleLimitMs?: number;
  /** Whether fewer traces could be tried where memory is not enough: then that rejects, and is no rule's problem yet. Default true. */
  readonly canSplit?: boolean;
  readonly signal?: AbortSignal;
}

/** A rule that gave no verdicts, or verdicts without all that is told of them. */
export interface FailedRule {
  readonly rule: RulePlan;
  readonly problem: RunProblem;
}

/** Keeps what one rule does to the database from the other rules: its errors, and its time. */
export class RuleGuard {
  private readonly problems = new Map<RulePlan, RunProblem>();
  private readonly taken = new Map<RulePlan, number>();

  constructor(private readonly options: GuardOptions) {}

  get failed(): readonly FailedRule[] {
    return [...this.problems].map(([rule, problem]) => ({ rule, problem }));
  }

  isSound(rule: RulePlan): boolean {
    return !this.problems.has(rule);
  }

  /** Milliseconds that the statements of the rule took. */
  msOf(rule: RulePlan): number {
    return this.taken.get(rule) ?? 0;
  }

  note(rule: RulePlan, error: unknown): void {
    this.problems.set(rule, problemOf(error));
  }

  /**
   * `run` for each of the rules, over the connections of the database. Those for which memory was not enough beside others are
   * tried again alone.
   */
  async each(
    db: Database,
    rules: readonly RulePlan[],
    work: (session: Session, rule: RulePlan, index: number) => Promise<void>,
  ): Promise<void> {
    const starved: number[] = [];
    await db.each(rules, async (session, rule, n) => {
      const sound = this.isSound(rule);
      await this.run(session, rule, () => work(session, rule, n));
      if (sound && this.problems.get(rule)?.code === RULE_TOO_LARGE) starved.push(n);
    });
    if (rules.length < 2) return;
    for (const n of starved) {
      const rule = rules[n]!;
      this.problems.delete(rule);
      await this.run(db, rule, () => work(db, rule, n));
    }
  }

  /**
   * Runs `work`, which has statements of one rule on one session. Where it fails the rule has a problem from now on; where it takes
   * the time that the rule has left, it is interrupted. Rejects only after an abort, and for want of memory where fewer traces may do.
   */
  private async run(session: Session, rule: RulePlan, work: () => Promise<void>): Promise<void> {
    const { ruleLimitMs, signal, canSplit = true } = this.options;
    signal?.throwIfAborted();
    if (!this.isSound(rule)) return;
    const started = performance.now();
    const left = ruleLimitMs === undefined ? undefined : ruleLimitMs - this.msOf(rule);
    try {
      await withTimeLimit(session, left, ruleLimitMs, work);
    } catch (error) {
      signal?.throwIfAborted();
      if (isOutOfMemory(error) && canSplit) throw error;
      this.note(rule, error);
    } finally {
      this.taken.set(rule, this.msOf(rule) + performance.now() - started);
    }
  }
}
