import type { LiveCounters } from '../../../engine/live/counters.js';

/** What the metrics of all processes said when they ended. */
export class Totals {
  violations = 0;
  retracted = 0;
  passed = 0;
  cannotTell = 0;
  /** Without a verdict, as the rule was too large or stopped. */
  untold = 0;
  late = 0;
  tooLate = 0;
  evicted = 0;

  add(counters: LiveCounters): void {
    for (const of of counters.rules.values()) {
      this.violations += of.violations;
      this.retracted += of.retracted;
      this.passed += of.passed;
      this.cannotTell += of.cannotTell;
      this.untold += of.tooLarge + of.whileStopped;
    }
    this.late += counters.late;
    this.tooLate += counters.tooLate;
    this.evicted += counters.evicted;
  }
}
