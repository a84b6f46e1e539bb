/** Where the traces of a run come from: stored blocks, or somebody who has them. */
import type { AttributeKey, ColumnNeeds } from '../plan/schema.js';
import { storedAttributeKeys } from './stored-keys.js';
import { overStoredTraces, type RunBounds, type StoredRun, type StoredTraces } from './stored-run.js';

/** Traces that are not read into flat files: somebody has them, or a database reads the blocks where they are. */
export interface GivenTraces extends RunBounds {
  readonly given: TraceSource;
}

export interface TraceSource {
  /** The attributes of spans, their resources and scopes, events and links, each once, by scope and key. */
  attributeKeys(traces: GivenTraces): Promise<readonly AttributeKey[]>;
  /** Runs `work` over the traces of the window, with the columns of `needs`. */
  run<T>(traces: GivenTraces, needs: ColumnNeeds, work: (run: StoredRun) => Promise<T>): Promise<T>;
}

export type Traces = StoredTraces | GivenTraces;

/** For a question that has a range of its own. */
export type WithoutWindow<T extends Traces> = T extends unknown ? Omit<T, 'window'> : never;

/** Traces of blocks, whoever reads them. */
export type BlockTraces = Traces & Pick<StoredTraces, 'storage'>;

/** Rejects as `overStoredTraces` does. */
export async function overTraces<T>(
  traces: Traces,
  needs: ColumnNeeds,
  work: (run: StoredRun) => Promise<T>,
): Promise<T> {
  return 'given' in traces
    ? await traces.given.run(traces, needs, work)
    : await overStoredTraces(traces, needs, work);
}

/** The attributes that spans of the traces may carry, themselves, in their resource or scope, or in their events and links: each once, by scope and key. */
export async function attributeKeys(traces: Traces): Promise<readonly AttributeKey[]> {
  return 'given' in traces ? await traces.given.attributeKeys(traces) : await storedAttributeKeys(traces);
}
