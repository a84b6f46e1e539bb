/** What judging rules across traces over stored blocks needs of others. */
import type { ResolvedFlowRule } from '../../language/link/resolved.js';
import type { RulePlan } from '../../plan/plan.js';
import type { DecidedCases, DecidedQuestion } from '../../replay/flows/decided-flows.js';
import type { OutboxEntry } from '../outbox/entry.js';
import type { Outbox } from '../outbox/outbox.js';
import type { RuleOwnership } from '../ownership/rule-ownership.js';
import type { EmittedViolation, Placement } from '../violation/span.js';
import type { JudgedUntil } from './judged-until.js';
import type { AgainPorts } from './recheck.js';
import type { TroublePorts, UnreadBlock } from './trouble.js';

export interface StoredFlowPorts extends TroublePorts {
  /** Those whose blocks are known: no blocks at all would be taken for no spans. */
  readonly tenants: () => readonly string[];
  /** `decideFlows` over the blocks of a tenant. */
  readonly judge: (tenant: string, question: DecidedQuestion) => Promise<DecidedAnswer>;
  readonly outbox: Pick<Outbox, 'record' | 'entriesOf' | 'traces' | 'forget'>;
  readonly judged: JudgedUntil;
  readonly ownership: RuleOwnership;
  /** What is judged once more; nothing without it. */
  readonly again?: AgainPorts | undefined;
  /** Called with each violation once it is in the outbox. */
  readonly onViolation: (tenant: string, violation: EmittedViolation) => void;
  /** Called with each that is none any more, by spans that were stored late. */
  readonly onRetraction: (tenant: string, rule: RulePlan, retracted: OutboxEntry) => void;
}

export interface DecidedAnswer {
  /** By the rules that were asked for. */
  readonly results: readonly DecidedCases[];
  /** Blocks that are missing in them. */
  readonly unread: readonly UnreadBlock[];
}

export interface StoredFlowSettings {
  /** Milliseconds from the end of a span until it lies in blocks. */
  readonly delayMs: number;
  /** Milliseconds that a case is waited for which its time has not decided. */
  readonly graceMs: number;
  /** Violations of one rule that are found at once. */
  readonly mostViolations: number;
  readonly placement: Placement;
}

export interface WatchedFlowRule {
  readonly resolved: ResolvedFlowRule;
  readonly plan: RulePlan;
}
