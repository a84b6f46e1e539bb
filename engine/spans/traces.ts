/** Where the traces of a run come from: stored blocks, or somebody who has them. */
import type { AttributeKey, ColumnNeeds } from '../plan/schema.js';
import type { Store } from '../sql/store/store.js';
import type { Sql } from '../sql/text/sql.js';
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

/** Traces that several databases share, each of which reads the blocks where they are. */
export interface SharedTraces extends RunBounds {
  /** Of each database those traces that are its own: every trace is whole in one of them. */
  readonly divided: readonly TraceSource[];
  /** Of each database all traces, where something else than these is divided. */
  readonly whole: readonly TraceSource[];
  /** Adds the rows that these databases have in a table to those of the first. */
  readonly gather: (databases: readonly Store[], table: Sql) => Promise<void>;
}

export type Traces = StoredTraces | GivenTraces;

/** Traces of one database or of several. */
export type AllTraces = Traces | SharedTraces;

/** For a question that has a range of its own. */
export type WithoutWindow<T extends AllTraces> = T extends unknown ? Omit<T, 'window'> : never;

/** Traces of blocks, whoever reads them. */
export type BlockTraces = AllTraces & Pick<StoredTraces, 'storage'>;

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

/** The runs of a question, one for each database. */
export interface SharedRuns {
  readonly all: readonly [StoredRun, ...StoredRun[]];
  /** Adds what the others have in a table of their session to that of the first. */
  gather(table: Sql): Promise<void>;
}

/** Runs `work` once all databases have their traces, with a run of each: one, where nothing is shared. Rejects as `overTraces` does. */
export async function overShares<T>(
  traces: AllTraces,
  needs: ColumnNeeds,
  work: (runs: SharedRuns) => Promise<T>,
): Promise<T> {
  if (!('divided' in traces))
    return await overTraces(traces, needs, async (run) =>
      work({ all: [run], gather: () => Promise.resolve() }),
    );
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(traces.signal === undefined ? [] : [traces.signal])]);
  const closed: Promise<void>[] = [];
  const opened = traces.divided.map(
    (given) =>
      new Promise<StoredRun>((resolve, reject) => {
        const run = overTraces({ ...traces, given, signal }, needs, async (run) => {
          resolve(run);
          await ended;
        });
        run.catch(reject);
        closed.push(run);
      }),
  );
  try {
    const [first, ...others] = await Promise.all(opened);
    if (first === undefined) throw new TypeError('no database');
    const all = [first, ...others] as const;
    const databases = all.map(({ db }) => db);
    return await work({ all, gather: (table) => traces.gather(databases, table) });
  } catch (error) {
    // What the others are at is of no use.
    failed.abort();
    throw error;
  } finally {
    end();
    await Promise.allSettled(closed);
  }
}

/** The attributes that spans of the traces may carry, themselves, in their resource or scope, or in their events and links: each once, by scope and key. */
export async function attributeKeys(all: AllTraces): Promise<readonly AttributeKey[]> {
  const traces = byOne(all);
  return 'given' in traces ? await traces.given.attributeKeys(traces) : await storedAttributeKeys(traces);
}

/** For what is not divided: of several databases the first has all traces. */
export function byOne(traces: AllTraces): Traces {
  if (!('divided' in traces)) return traces;
  const [given] = traces.whole;
  if (given === undefined) throw new TypeError('no database');
  return { ...traces, given };
}
