import type { WindowRulePlan } from '../plan/window-plan.js';
import type { WindowViolation } from '../verdicts/window-violation.js';
import type { FlowStore } from './flows/flow-store.js';
import type { Judge } from './judge/judge.js';
import type { JudgingPorts } from './judging.js';
import type { LogOptions } from './log/log.js';
import type { OnRuleEvent } from './rule-health.js';
import type { CaseTally } from './tally.js';
import type { EmittedViolation } from './violation/span.js';
import type { WindowStore } from './windows/window-store.js';

/** What live judging is given and what it is to call: time, disks, the database, and callbacks. */
export interface LivePorts {
  /** Milliseconds that pass evenly, whatever is done to the clock of the machine: waits are measured by it. */
  readonly now: () => number;
  /** Milliseconds since the Unix epoch, as the times of spans are; `now` without it. */
  readonly wall?: () => number;
  readonly spanLog: LogOptions;
  readonly outboxLog: LogOptions;
  /** Whether whoever sends keeps spans until their traces are over and sends them again after a start. Says once that is done: `Handover.forgetGone`. */
  readonly sentAgain?: boolean;
  readonly judge: Judge;
  /** Opens what keeps the flows of rules across traces, which are not judged without it: once the logs are known to be readable. */
  readonly flows?: () => Promise<FlowStore>;
  /** Opens what counts windows of rules over many traces as spans come: without it they wait for stored blocks. */
  readonly windows?: () => Promise<WindowStore>;
  /** Called with each violated window that was found so, once it is in the outbox. */
  readonly onWindowViolation?: (tenant: string, rule: WindowRulePlan, violation: WindowViolation) => void;
  /** Called with what goes wrong outside of requests: judging, and letting go of what is over. It is tried again. */
  readonly onProblem: (message: string) => void;
  /** Called with each violation once it is in the outbox. */
  readonly onViolation?: (tenant: string, violation: EmittedViolation) => void;
  /** Called with each that turned out to be none. */
  readonly onRetraction?: JudgingPorts['onRetraction'];
  /** Called when a rule cannot be judged on some traces. */
  readonly onRuleEvent?: OnRuleEvent;
  /** Counts verdicts for evidence. */
  readonly tally?: CaseTally;
}
