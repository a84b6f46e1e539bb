import { performance } from 'node:perf_hooks';
import type { RulePlan } from '../../plan/plan.js';

/** Measures what each rule of one evaluation takes, and interrupts the evaluation once one takes too long. */
export class RuleWatch {
  private readonly begun = new Map<RulePlan, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  private readonly taken = new Map<RulePlan, number>();
  /** The rule that took too long. */
  slow: RulePlan | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly interrupt: () => void,
  ) {}

  started(rule: RulePlan): void {
    const timer = setTimeout(() => {
      this.slow ??= rule;
      this.interrupt();
    }, this.limitMs);
    this.begun.set(rule, { at: performance.now(), timer });
  }

  ended(rule: RulePlan): void {
    const begun = this.begun.get(rule);
    if (begun === undefined) return;
    clearTimeout(begun.timer);
    this.begun.delete(rule);
    this.taken.set(rule, performance.now() - begun.at);
  }

  msOf(rule: RulePlan): number {
    return this.taken.get(rule) ?? 0;
  }

  stop(): void {
    for (const { timer } of this.begun.values()) clearTimeout(timer);
    this.begun.clear();
  }
}
