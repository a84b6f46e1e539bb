/**
 * A replay by databases that read the blocks where they are. Several share the traces by ranges of their ids, so that each trace is whole on one of them
 * and nothing goes from one to another; flows, which lie in any traces, they share by their keys. What each finds is added up as shares of processes are.
 */
import { dividedIds } from '../../blocks/id-cuts.js';
import type { IdRange } from '../../blocks/id-range.js';
import { type BlockSource, listedOnce, listingSource } from '../../blocks/listing/block-source.js';
import type { Storage } from '../../blocks/storage.js';
import type { ColumnNeeds } from '../../plan/schema.js';
import { ofKind } from '../../shared/of-kind.js';
import { type Locate, NestedBlocks } from '../../spans/nested-blocks.js';
import type { RunBounds, StoredRun } from '../../spans/stored-run.js';
import type { GivenTraces, TraceSource } from '../../spans/traces.js';
import type { Store } from '../../sql/store/store.js';
import { MAX_SERIES } from '../over/windows.js';
import { flowRules, type RulesToReplay, replay, replayTraces } from '../replay.js';
import type { ReplayResult } from '../result.js';
import { mergeShares } from './merge.js';
import { partly } from './partly.js';
import type { ReplayShare } from './share.js';

export interface EnginesOptions extends RunBounds, RulesToReplay {
  readonly storage: Storage;
  /** At least one; the caller closes them. */
  readonly databases: readonly Store[];
  readonly locate: Locate;
  /** How the ids of traces are divided among several; by default so that all have about as many. */
  readonly ids?: readonly IdRange[];
}

/** Rejects as `replay` does, and with an `EngineError` where a database cannot be asked or does not read what is there. */
export async function replayByEngines(options: EnginesOptions): Promise<ReplayResult> {
  const { databases, storage, tenant, window, signal } = options;
  const source = listedOnce(listingSource(storage));
  const [only, ...others] = databases;
  if (only === undefined) throw new TypeError('no database');
  if (others.length === 0) return await replay({ ...options, given: blocksIn(only, options, source) });
  const { blocks } = await source.list(tenant, window);
  const ids = options.ids ?? (await dividedIds(storage, blocks, databases.length, signal));
  const meeting = new Meeting(databases.length);
  const shares = await Promise.all(
    databases.map(async (db, n) => await shareBy(db, n, { ...options, ids }, source, meeting)),
  );
  const merged = mergeShares(shares.map((share) => ({ name: `shard ${share.run.share}`, share })));
  if (merged.kind === 'refused') throw new Error(`${merged.code}: ${merged.message}`);
  return merged.result;
}

function blocksIn(db: Store, { storage, locate }: EnginesOptions, source: BlockSource): NestedBlocks {
  return new NestedBlocks(db, storage, locate, source);
}

async function shareBy(
  db: Store,
  index: number,
  options: EnginesOptions & { readonly ids: readonly IdRange[] },
  source: BlockSource,
  meeting: Meeting,
): Promise<ReplayShare> {
  const { tenant, window, limit, ids, maxSeries = MAX_SERIES } = options;
  const started = performance.now();
  const own = blocksIn(db, options, partly(source, ids[index] ?? {}));
  const mine: GivenTraces = { ...options, given: new Together(own, meeting) };
  const result = await replayTraces({ ...options, ...mine }).catch((error: unknown) => {
    meeting.leave(error);
    throw error;
  });
  const { fromNs, toNs } = result.range;
  const whole = { ...options, given: blocksIn(db, options, source) };
  const flows = await flowRules(
    { ...whole, keyShare: { share: index, of: options.databases.length } },
    result,
  );
  const windows = ofKind(options.rules, 'window');
  const open = { from: window.fromNs === undefined, to: window.toNs === undefined };
  const counted =
    windows.length === 0
      ? []
      : await (await import('../over/replay-over.js')).countOver({
          ...options,
          given: own,
          rules: windows,
          range: { fromNs: fromNs ?? 0n, toNs: toNs ?? 0n, open },
          bucketNs: result.bucketNs,
        });
  const listed = await source.list(tenant, window);
  return {
    run: {
      share: index + 1,
      shares: options.databases.length,
      fromNs: fromNs ?? 0n,
      toNs: toNs ?? 0n,
      open,
      limit,
      maxSeries,
      ids,
      blocks: listed.blocks.map(({ blockId }) => blockId).sort(),
    },
    result: { ...result, rules: [...result.rules, ...flows] },
    windows: counted,
    elapsedMs: performance.now() - started,
  };
}

/** Traces of one database of several, whose runs begin and end where those of all together do. */
class Together implements TraceSource {
  private readonly own: TraceSource;
  private readonly meeting: Meeting;

  constructor(own: TraceSource, meeting: Meeting) {
    this.own = own;
    this.meeting = meeting;
  }

  attributeKeys(traces: GivenTraces): ReturnType<TraceSource['attributeKeys']> {
    return this.own.attributeKeys(traces);
  }

  async run<T>(traces: GivenTraces, needs: ColumnNeeds, work: (run: StoredRun) => Promise<T>): Promise<T> {
    return await this.own.run(traces, needs, async ({ firstStart, lastStart, ...run }) => {
      const ends = await this.meeting.all({ firstStart, lastStart });
      return await work({ ...run, ...ends });
    });
  }
}

type Ends = Pick<StoredRun, 'firstStart' | 'lastStart'>;

/** Where all say when their traces start before anyone continues. */
class Meeting {
  private readonly expected: number;
  private readonly there: { readonly [end in keyof Ends]: bigint | undefined }[] = [];
  private readonly met: Promise<Ends>;
  private meet: (ends: Ends) => void = () => undefined;
  private fail: (error: unknown) => void = () => undefined;

  constructor(expected: number) {
    this.expected = expected;
    this.met = new Promise((resolve, reject) => {
      this.meet = resolve;
      this.fail = reject;
    });
    // Whoever waits gets it.
    this.met.catch(() => undefined);
  }

  async all(ends: { readonly [end in keyof Ends]: bigint | undefined }): Promise<Ends> {
    this.there.push(ends);
    if (this.there.length === this.expected) {
      const ascending = (times: readonly bigint[]): readonly bigint[] =>
        times.toSorted((a, b) => (a < b ? -1 : 1));
      const firstStart = ascending(this.there.flatMap((end) => end.firstStart ?? [])).at(0);
      const lastStart = ascending(this.there.flatMap((end) => end.lastStart ?? [])).at(-1);
      this.meet(firstStart === undefined || lastStart === undefined ? {} : { firstStart, lastStart });
    }
    return await this.met;
  }

  /** Nobody waits for one who does not come. */
  leave(error: unknown): void {
    this.fail(error);
  }
}
