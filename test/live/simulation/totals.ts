import type { LiveCounters } from '../../../engine/live/counters.js';
import { FLOW_VARIANTS } from './flow-rules.js';
import { WINDOW_VARIANTS } from './window-rules.js';

/** What the metrics of all processes said when they ended. */
export class Totals {
  violations = 0;
  retracted = 0;
  passed = 0;
  cannotTell = 0;
  /** Without a verdict, as the rule was too large or stopped. */
  undetermined = 0;
  /** Cases of rules across traces, which have totals of their own. */
  readonly flows = { passed: 0, cannotTell: 0, unseen: 0, undetermined: 0 };
  late = 0;
  tooLate = 0;
  evicted = 0;

  add(counters: LiveCounters): void {
    for (const counts of counters.rules.values()) {
      this.violations += counts.violations;
      this.retracted += counts.retracted;
      if (counts.rule in WINDOW_VARIANTS) continue;
      const undetermined = counts.tooLarge + counts.whileStopped;
      if (counts.rule in FLOW_VARIANTS) {
        this.flows.passed += counts.passed;
        this.flows.cannotTell += counts.cannotTell;
        this.flows.unseen += counts.unseen;
        this.flows.undetermined += undetermined;
        continue;
      }
      this.passed += counts.passed;
      this.cannotTell += counts.cannotTell;
      this.undetermined += undetermined;
    }
    this.late += counters.late;
    this.tooLate += counters.tooLate;
    this.evicted += counters.evicted;
  }
}
