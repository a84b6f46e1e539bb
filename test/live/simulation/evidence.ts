import type { OutboxEntry } from '../../../engine/live/outbox/entry.js';
import type { RuleSet } from '../../../engine/live/rules/rule-set.js';
import type { RuleTally } from '../../../server/evidence/tally-state.js';
import type { Arrivals } from './arrivals.js';
import type { FlowShelf } from './flow-shelf.js';
import type { HoldUps } from './hold-ups.js';
import type { Judged } from './judged.js';
import type { Receiver } from './receiver.js';
import type { RuleStops } from './rule-stops.js';
import type { RulesInForce } from './rules-in-force.js';
import type { Scenario } from './scenario.js';
import type { ReportedViolation } from './timing.js';
import type { Totals } from './totals.js';
import type { WindowShelf } from './window-shelf.js';

/** What there is to tell in the end whether promises were kept. */
export interface Evidence {
  readonly scenario: Scenario;
  /** Whether flows are kept in the database as well. */
  readonly bySql: boolean;
  readonly judged: Judged;
  readonly arrivals: Arrivals;
  readonly receiver: Receiver;
  readonly totals: Totals;
  /** What is kept of flows in the end. */
  readonly shelf: FlowShelf;
  /** What is kept of windows, and what was said of them. */
  readonly windows: WindowShelf;
  /** Ids of violated windows, in the order in which they were reported. */
  readonly reportedWindows: readonly string[];
  /** What the tally has counted, by `ruleKeyOf`; undefined where none is kept. */
  readonly tallied: ReadonlyMap<string, RuleTally> | undefined;
  /** How many cases of flows the last process says are undecided. */
  readonly undecided: (tenant: string, rule: string) => number;
  /** Whether the clock of the machine was ever set. */
  readonly clockSet: boolean;
  /** Those in the end. */
  readonly rules: RuleSet;
  readonly inForce: Pick<RulesInForce, 'since' | 'changes' | 'longestQuietMs'>;
  readonly stops: RuleStops;
  readonly holdUps: HoldUps;
  readonly reported: readonly ReportedViolation[];
  /** Traces that the tally has counted, by `keyOf`, and for rules of which group. */
  readonly counted: readonly { readonly key: string; readonly group: string }[];
  readonly crashes: number;
  /** The most bytes that open traces took beyond what is promised. */
  readonly excessBytes: number;
  readonly wasFull: boolean;
  /** The most bytes of requests at a time. */
  readonly mostInFlight: number;
  readonly logBytes: number;
  readonly outboxBytes: number;
  /** What the service knows to have been emitted. */
  readonly outboxEntries: readonly OutboxEntry[];
}
