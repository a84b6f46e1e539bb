import type { FlowKeyPlan } from '../../plan/flow-plan.js';
import type { RulePlan } from '../../plan/plan.js';
import type { Sql } from '../text/sql.js';
import type { AttributeColumns } from './attribute-columns.js';
import type { PredicateColumns } from './scan/predicate-columns.js';

/** What compiled SQL reads: the columns of the relations, and the names of those that a run makes. */
export interface Relations {
  readonly columns: AttributeColumns;
  readonly predicates: PredicateColumns;
  /** The table of matched spans: all, or only those of the traces that evidence is sought in. */
  readonly matched: Sql;
  /** For rules across traces; absent where a run has none. */
  readonly flows?: FlowRelations;
}

/** Where the flows of rules across traces are, and which of their cases a run is about. Nanoseconds since the Unix epoch. */
export interface FlowRelations {
  /**
   * The table of the spans of all flows of a key: `flow` (the key's values as the text of a JSON array), `row`, `trace`, `start_ns`, whether
   * the flow is the span's `own`, of which it has one at most, and the columns of `matched` that rules of the key read, null where no filter
   * matches the span. A span of a trace that is linked with others is also in theirs.
   */
  readonly spansOf: (key: FlowKeyPlan) => Sql;
  /** Cases of this time or later. */
  readonly fromNs?: bigint;
  /** Cases before this time. */
  readonly toNs?: bigint;
  /** What starts from here on may not be there yet: a case that sees so far may be undecided. Undefined where everything is there. */
  readonly endNs?: bigint;
  /** Absent where each flow is judged once. */
  readonly watched?: WatchedFlows;
}

/** Flows that are judged again and again while their spans come. Nanoseconds since the Unix epoch. */
export interface WatchedFlows {
  /** Cases that see no span from here on are settled: they are left out, as what they see may be gone. */
  readonly settledNs: bigint;
  /**
   * The table of cases that were counted, of the flows that are judged: `rule` (its id), `flow`, `bound_spans`, `time_ns` and `last_ns`
   * (see `WATCHED_COLUMNS`). What sees no span from `endNs` on and is not among them is to be counted.
   */
  readonly counted: Sql;
  /** A span that started before may never have been there, as far as the rule is concerned: what a case that sees so far back comes to is not known. */
  readonly knownNs: (rule: RulePlan) => bigint;
  /** Spans before this row were there before the rule: cases of them that cannot be determined are not counted. */
  readonly sinceRow: (rule: RulePlan) => bigint;
  /** What was settled when spans were let go of last: of rows from `newRow` on, what they would have seen before may be gone. */
  readonly letGo: {
    readonly settledNs: bigint;
    readonly newRow: bigint;
    readonly withinNs: (rule: RulePlan) => bigint;
  };
}
