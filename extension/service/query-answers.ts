/** Answers of Tempo's API. Fields that hold nothing are left out there. */
import type { KeyValue } from './trace.js';

export interface SearchAnswer {
  readonly traces?: readonly FoundTrace[];
}

export interface FoundTrace {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly startTimeUnixNano?: string;
  readonly durationMs?: number;
  readonly spanSets?: readonly {
    readonly matched?: number;
    readonly spans?: readonly { readonly spanID: string; readonly name?: string }[];
  }[];
}

export interface MetricsAnswer {
  readonly series?: readonly Series[];
}

export interface Series {
  readonly labels?: readonly KeyValue[];
  readonly samples?: readonly { readonly timestampMs: string; readonly value?: number | string }[];
}
