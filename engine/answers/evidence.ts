/** Evidence that the service has kept, by control and by rule. Days are `2026-11-20`, in UTC. */
import type { ControlPeriod } from '../evidence/controls.js';
import type { Finding } from '../evidence/record.js';

export interface EvidenceJson {
  /** Whether the service keeps any. */
  readonly enabled: boolean;
  /** Why what is kept cannot be read; null where it can. */
  readonly problem: string | null;
  /** The days that were asked for, both included. */
  readonly first: string;
  readonly last: string;
  /** The last link of the chain; null for none. */
  readonly head: { readonly seq: number; readonly hash: string; readonly key: string } | null;
  readonly controls: readonly ControlPeriod[];
  readonly rules: readonly EvidenceRuleJson[];
}

/** One revision of a rule. */
export interface EvidenceRuleJson {
  readonly id: string;
  readonly revision: string;
  readonly severity: string;
  readonly summary: string | null;
  /** As it was in force; null where records do not say. */
  readonly text: string | null;
  readonly controls: readonly string[];
  /** Those that have a record. */
  readonly days: readonly { readonly day: string; readonly finding: Finding }[];
  readonly applicable: number;
  readonly violated: number;
  /** Ids of violations, of each day the first twenty at most. */
  readonly violations: readonly { readonly day: string; readonly ids: readonly string[] }[];
}
