/** What judging windows over stored blocks needs of others. */
import type { ResolvedWindowRule } from '../../language/link/resolved.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import type { OverOptions } from '../../replay/over/count-rules.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import type { LiveCounters } from '../counters.js';
import type { OutboxEntry } from '../outbox/entry.js';
import type { Outbox } from '../outbox/outbox.js';
import type { RuleOwnership } from '../ownership/rule-ownership.js';
import type { JudgedUntil } from '../stored/judged-until.js';
import type { AgainPorts } from '../stored/recheck.js';
import type { UnreadBlock } from '../stored/trouble.js';

export interface WindowPorts {
  /** Milliseconds since the Unix epoch. */
  readonly wall: () => number;
  /** Those whose blocks are known: no blocks at all would be taken for no spans. */
  readonly tenants: () => readonly string[];
  /** `replayOver` over the blocks of a tenant. */
  readonly judge: (tenant: string, question: WindowQuestion) => Promise<WindowAnswer>;
  readonly outbox: Pick<Outbox, 'record' | 'entriesOf' | 'traces' | 'forget'>;
  readonly counters: LiveCounters;
  readonly judged: JudgedUntil;
  /** Where several replicas share the spans of a tenant; all windows are to be judged without it. */
  readonly ownership?: RuleOwnership;
  /** What is judged once more; nothing without it. */
  readonly again?: AgainPorts | undefined;
  /** Called with each violation once it is in the outbox. */
  readonly onViolation: (tenant: string, rule: WindowRulePlan, violation: WindowViolation) => void;
  /** Called with each that was found before, and is none by the stored blocks. */
  readonly onRetraction: (tenant: string, rule: WindowRulePlan, retracted: OutboxEntry) => void;
  readonly onProblem: (message: string) => void;
}

export type WindowQuestion = Pick<
  OverOptions,
  'rules' | 'range' | 'judgedFromNs' | 'rememberedWindows' | 'bucketNs' | 'limit'
>;

export interface WindowAnswer {
  /** By the rules that were asked for. */
  readonly results: readonly JudgedWindowRule[];
  /** Blocks that are missing in them. */
  readonly unread: readonly UnreadBlock[];
}

export interface WindowSettings {
  /** Milliseconds from the end of a window until its spans lie in blocks. */
  readonly delayMs: number;
  /** Violations of one rule in one window. */
  readonly mostViolations: number;
}

export interface WatchedWindowRule {
  readonly resolved: ResolvedWindowRule;
  readonly plan: WindowRulePlan;
}
