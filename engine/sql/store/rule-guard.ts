import { performance } from 'node:perf_hooks';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { FailedRule } from '../../verdicts/rule-problem.js';
import { RULE_TOO_LARGE, RULE_UNCOVERED, type RunProblem } from '../../verdicts/rule-problem.js';
import { EngineError } from './engine-error.js';
import { isOutOfMemory } from './out-of-memory.js';
import { problemOf } from './problem-of.js';
import type { Session, Store } from './store.js';
import { withTimeLimit } from './time-limit.js';

export interface GuardOptions {
  /** Milliseconds that one rule may take over the traces of one evaluation; default: no limit. */
  readonly ruleLimitMs?: number;
  /** Whether fewer traces could be tried where memory is not enough: then that rejects, and is no rule's problem yet. Default true. */
  readonly canSplit?: boolean;
  /** Rules that are not tried. */
  readonly rest?: readonly RulePlan[];
  readonly signal?: AbortSignal;
}

/** Most rules whose statements are one: more are not planned faster, and hold up the others when one of them fails. */
const TOGETHER = 8;

/** What statements are run for. */
interface OfRule {
  readonly rule: RulePlan;
}

/** Keeps what one rule does to the database from the other rules: its errors, and its time. */
export class RuleGuard {
  private readonly problems = new Map<RulePlan, RunProblem>();
  private readonly taken = new Map<RulePlan, number>();

  constructor(private readonly options: GuardOptions) {}

  get failed(): readonly FailedRule[] {
    return [...this.problems].map(([rule, problem]) => ({ rule, problem }));
  }

  /** Whether nothing is wrong with the rule up to now, and it is to be tried at all. */
  isSound(rule: RulePlan): boolean {
    return !this.problems.has(rule) && this.options.rest?.includes(rule) !== true;
  }

  /** Milliseconds that the statements of the rule took. */
  msOf(rule: RulePlan): number {
    return this.taken.get(rule) ?? 0;
  }

  note(rule: RulePlan, error: unknown): void {
    this.problems.set(rule, problemOf(error));
  }

  /**
   * `work` for each of the items, over the connections of the database. Those for which memory was not enough while others ran are
   * tried again alone.
   */
  async each<T extends OfRule>(
    db: Store,
    items: readonly T[],
    work: (session: Session, item: T) => Promise<void>,
  ): Promise<void> {
    const starved: T[] = [];
    await db.each(items, async (session, item) => {
      const { rule } = item;
      const sound = this.isSound(rule);
      await this.run(session, rule, () => work(session, item));
      if (sound && this.problems.get(rule)?.code === RULE_TOO_LARGE) starved.push(item);
    });
    if (items.length < 2) return;
    for (const item of starved) {
      this.problems.delete(item.rule);
      await this.run(db, item.rule, () => work(db, item));
    }
  }

  /**
   * `insert` for some of the items at a time, as one statement: half of what a rule costs over few traces is to
   * plan its statement, and one for several is planned faster than several. It must leave nothing behind where it fails; its rules
   * are then tried one by one, and so they are where it takes as long as one of them may.
   */
  async together<T extends OfRule>(
    db: Store,
    items: readonly T[],
    insert: (session: Session, some: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const { ruleLimitMs, signal } = this.options;
    const sound = items.filter(({ rule }) => this.isSound(rule));
    const size = Math.min(TOGETHER, Math.ceil(sound.length / db.threads));
    const batches = Array.from({ length: Math.ceil(sound.length / size) }, (_, n) =>
      sound.slice(n * size, (n + 1) * size),
    );
    const alone = new Set<T>();
    await db.each(batches, async (session, batch) => {
      signal?.throwIfAborted();
      const started = performance.now();
      try {
        await withTimeLimit(session, ruleLimitMs, ruleLimitMs, () => insert(session, batch));
        const share = (performance.now() - started) / batch.length;
        for (const { rule } of batch) this.taken.set(rule, this.msOf(rule) + share);
      } catch {
        signal?.throwIfAborted();
        for (const item of batch) alone.add(item);
      }
    });
    await this.each(
      db,
      sound.filter((item) => alone.has(item)),
      async (session, item) => await insert(session, [item]),
    );
  }

  /**
   * Runs `work`, which has statements of one rule on one session. Where it fails the rule has a problem from now on; where it takes
   * the time that the rule has left, it is interrupted. Rejects only after an abort, where the engine cannot
   * be asked at all, and for want of memory where fewer traces may do.
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
      // Any other rule would meet the same.
      if (error instanceof EngineError && error.code !== RULE_UNCOVERED) throw error;
      this.note(rule, error);
    } finally {
      this.taken.set(rule, this.msOf(rule) + performance.now() - started);
    }
  }
}

/** A rule of a plan with its index there. */
export interface NumberedRule extends OfRule {
  readonly ruleIndex: number;
}

export function numberedRules({ rules }: Plan): readonly NumberedRule[] {
  return rules.map((rule, ruleIndex) => ({ rule, ruleIndex }));
}

/** The rules with these indices in the plan. */
export function rulesAt(plan: Plan, indices: readonly number[]): readonly NumberedRule[] {
  return indices.map((ruleIndex) => ({ rule: plan.rules[ruleIndex]!, ruleIndex }));
}
