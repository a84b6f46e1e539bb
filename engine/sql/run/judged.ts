import type { Plan } from '../../plan/plan.js';
import type { Relations } from '../compile/relations.js';
import type { RuleGuard } from '../store/rule-guard.js';
import type { Store } from '../store/store.js';

/** Where the verdicts of a plan are, and what is about them. */
export interface Judged {
  readonly db: Store;
  readonly plan: Plan;
  readonly relations: Relations;
  readonly guard: RuleGuard;
}
