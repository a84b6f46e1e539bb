import type { KnownAttribute, TraceCatalogue, ValueCount } from './catalogue.js';

/** Where what is known of stored traces comes from. Every call may take long, and rejects where there is no answer. */
export interface CatalogueSource {
  load(signal: AbortSignal): Promise<TraceCatalogue>;
  /** More values of an attribute than `load` gives; absent where `load` gives all there are. */
  values?(attribute: KnownAttribute, signal: AbortSignal): Promise<readonly ValueCount[]>;
  /** What the last replay of each rule found, by rule id. */
  lastReplays?(signal: AbortSignal): Promise<ReadonlyMap<string, LastReplay>>;
}

export interface LastReplay {
  /** RFC 3339. */
  readonly ended: string;
  readonly applicable: number;
  readonly violated: number;
  /** Some block was not read. */
  readonly partial: boolean;
}
