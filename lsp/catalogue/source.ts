import type { KnownAttribute, TraceCatalogue, ValueCount } from './catalogue.js';
import type { ServiceRule } from './last-replay.js';

/** Where what is known of stored traces comes from. Every call may take long, and rejects where there is no answer. */
export interface CatalogueSource {
  load(signal: AbortSignal): Promise<TraceCatalogue>;
  /** More values of an attribute than `load` gives; absent where `load` gives all there are. */
  values?(attribute: KnownAttribute, signal: AbortSignal): Promise<readonly ValueCount[]>;
  /** How many spans there are by each value, of a query of TraceQL that counts them by one field; the most frequent first. */
  narrowed?(query: string, signal: AbortSignal): Promise<readonly ValueCount[]>;
  /** The rules that the service has, with what their last replay found; absent where there is no service. */
  rules?(signal: AbortSignal): Promise<readonly ServiceRule[]>;
  /** How many spans match a query of TraceQL in a window, by name and service; absent where there is no service. */
  matches?(query: string, window: MatchWindow, signal: AbortSignal): Promise<readonly MatchCount[]>;
}

/** RFC 3339. */
export interface MatchWindow {
  readonly from: string;
  readonly to: string;
}

export interface MatchCount {
  readonly name: string;
  readonly service: string;
  readonly count: number;
}
