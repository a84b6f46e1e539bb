/** What Tempo's API answers to queries. Fields that hold nothing are left out there. */
import type { KeyValueJson } from './trace.js';

export interface SearchJson {
  readonly traces?: readonly FoundTraceJson[];
  /** A job is a block: where fewer are completed, the others could not be read. */
  readonly metrics?: { readonly completedJobs?: number; readonly totalJobs?: number };
}

export interface FoundTraceJson {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly startTimeUnixNano?: string;
  readonly durationMs?: number;
  readonly spanSets?: readonly {
    readonly matched?: number;
    readonly spans?: readonly FoundSpanJson[];
    /** What holds for the spans together: of a violation its `rule`, `severity`, `clause`, `message` and the id, `violation`. */
    readonly attributes?: readonly KeyValueJson[];
  }[];
}

interface FoundSpanJson {
  readonly spanID: string;
  readonly name?: string;
  readonly startTimeUnixNano?: string;
  readonly attributes?: readonly KeyValueJson[];
}

export interface MetricsJson {
  readonly series?: readonly SeriesJson[];
  /** Why it is not whole, in words. */
  readonly status?: string;
  readonly message?: string;
}

/** One value for each series. */
export interface CountsJson {
  readonly series?: readonly {
    readonly labels?: readonly KeyValueJson[];
    readonly value?: number | string;
  }[];
  readonly status?: string;
  readonly message?: string;
}

export interface SeriesJson {
  readonly labels?: readonly KeyValueJson[];
  readonly samples?: readonly { readonly timestampMs: string; readonly value?: number | string }[];
}
