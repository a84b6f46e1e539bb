/** What the last replay of a rule found. Times are RFC 3339 in UTC. */
export interface LastReplay {
  readonly ended: string;
  /** The traces that were looked at; null where there were none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly applicable: number;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** Cases in which no clause could have failed, for want of data; absent from a service of an earlier version. */
  readonly vacuous?: number;
  /** Why clauses could not have failed. */
  readonly vacuousClauses?: readonly string[];
  /** Of the first violation. */
  readonly first: string | null;
  /** Some block was not read, or the rule not judged to the end. */
  readonly partial: boolean;
  /** How the violations differ from those of the replay before, for people: `+3 −1`. */
  readonly change?: string;
}

/** A rule as a service has it. */
export interface ServiceRule {
  readonly id: string;
  /** The text in force, without comments. */
  readonly text: string;
  /** When a verdict is final, for people. */
  readonly finality: string;
  readonly lastReplay: LastReplay | null;
}
