/** Why a record is passed over. */
export const UNREADABLE_REASONS = ['key', 'tenant', 'value', 'trace'] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/** What happened since the process began; metrics read it. */
export class SourceCounters {
  /** Records whose spans were taken. */
  records = 0;
  /** Records, of `trace` single traces of records, that were passed over. */
  readonly unreadable: Record<UnreadableReason, number> = { key: 0, tenant: 0, value: 0, trace: 0 };
  /** Records that the topic had let go of before they were read. */
  lost = 0n;
  /** Times that this process was given other partitions. */
  reassigned = 0;
}
