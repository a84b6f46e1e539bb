import type { Plan, RulePlan } from '../../plan/plan.js';
import type { FailedRule } from '../../verdicts/rule-problem.js';
import type { Judgement, RuleJudgement } from '../judge/evaluator.js';
import type { TraceSnapshot } from '../judge/snapshot.js';

/** Nanoseconds since the Unix epoch. */
export interface FlowMoment {
  /** What starts from here on may not be there yet. */
  readonly endNs: bigint;
  /** Cases that see no span from here on are settled: nothing is said of them any more. */
  readonly settledNs: bigint;
}

/**
 * Keeps what rules across traces look at, and judges flows by it. What a call has resolved to survives a crash. A port, so that a simulation
 * can judge without a database.
 */
export interface FlowStore {
  /** Spans that are kept. */
  readonly spans: number;
  /** Those that some flow was taken of. */
  readonly tenants: readonly string[];
  /** Judges by these rules from now on; of those that are new, or others than before, spans count that start from `nowNs` on. */
  setRules(plan: Plan, nowNs: bigint): Promise<void>;
  /** Up to where the flows of a tenant have been judged; 0 where they never were. */
  endNs(tenant: string): bigint;
  /** Takes what the rules look at out of whole traces of a tenant, whose ids must differ, in the place of what was taken of them before. */
  take(tenant: string, traces: readonly TraceSnapshot[]): Promise<TakenFlows>;
  /**
   * Judges some flows that have changed or are due, by all rules but those that `rest`; undefined where there are none. To be settled before
   * the next are judged.
   */
  judge(tenant: string, moment: FlowMoment, rest: readonly RulePlan[]): Promise<FlowJudgement | undefined>;
  /** All flows that were to be judged by then are. */
  reached(tenant: string, endNs: bigint): Promise<void>;
  /** Lets go of what no case needs that is not settled. */
  letGo(tenant: string, settledNs: bigint): Promise<void>;
  /**
   * Lets go of the spans that started first, so that no more than `most` are kept; undefined where there are no more. `noteOf` the cases of a tenant
   * that are gone with them is a note.
   */
  evict(
    most: number,
    noteOf?: (tenant: string, lost: readonly RuleCases[]) => string,
  ): Promise<Evicted | undefined>;
  /** Cases that are not decided yet. */
  undecided(): Promise<readonly RuleCases[]>;
  /** What `settle` and `evict` were given, in order, up to what is known elsewhere … */
  notes(): Promise<readonly FlowNote[]>;
  /** … which is now all up to this one. */
  noted(note: FlowNote): Promise<void>;
}

export interface TakenFlows {
  /** Rules that failed on the traces. */
  readonly failed: readonly FailedRule[];
  /** Spans that no case sees any more that is not settled: what was found without them stays. */
  readonly late: number;
}

/** What came of a judgement, to be made known exactly once. */
export interface FlowNote {
  /** Grows from one to the next, also over processes. */
  readonly seq: bigint;
  readonly note: string;
}

/** Cases of a rule, by its id, on a day. */
export interface RuleCases {
  readonly tenant: string;
  readonly rule: string;
  /** Days since the Unix epoch. */
  readonly day: bigint;
  readonly cases: number;
}

export interface Evicted {
  readonly spans: number;
  readonly flows: number;
  /** Nanoseconds since the Unix epoch: all that are gone started before. */
  readonly beforeNs: bigint;
  /** Whose they were. */
  readonly tenants: readonly string[];
  /** Cases that were not counted yet, and are gone: they never are. */
  readonly lost: readonly RuleCases[];
}

/** How some flows fared. Cases are counted once each: when they see no more spans, or when they come after that. */
export interface FlowJudgement extends Omit<Judgement, 'rules'> {
  readonly rules: readonly FlowRuleJudgement[];
  /** Those that were not tried. */
  readonly rested: readonly RulePlan[];
  /** The flows that a rule was asked about, as `WatchedCase.flow` has them. */
  readonly flowsOf: (rule: RulePlan) => Promise<readonly string[]>;
  /**
   * What these rules found in them is on disk elsewhere, or in the note: they are judged again only when they change, or are due, and cases of
   * these rules are not counted again.
   */
  readonly settle: (rules: readonly RulePlan[], note?: string) => Promise<void>;
}

export interface FlowRuleJudgement extends RuleJudgement {
  /** Cases that cannot be determined, as spans that they need are not there: they were let go of, or came before the rule was there. */
  readonly unseen: number;
  /** Spans that started before may be gone. */
  readonly knownNs: bigint;
}
