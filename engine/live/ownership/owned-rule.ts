import type { RuleRevision } from './owner-record.js';

/** As a plan names itself. */
export interface OwnedRule {
  readonly id: string;
  readonly revision: string;
}

export function revisionOf({ id, revision }: OwnedRule): RuleRevision {
  return { rule: id, revision };
}
