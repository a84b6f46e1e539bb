/**
 * A replay of blocks, whoever reads them: this process, or databases that read them where they are. Several of these share the traces by ranges of their
 * ids, so that each trace is whole on one of them and nothing goes from one to another; flows, which lie in any traces, they share by their keys. What each
 * finds is added up as shares of processes are.
 */

import type { ColumnNeeds } from '../../plan/schema.js';
import type { StoredRun } from '../../spans/stored-run.js';
import type { AllTraces, GivenTraces, SharedTraces, TraceSource } from '../../spans/traces.js';
import { MAX_SERIES } from '../over/windows.js';
import {
  flowRules,
  type RulesToReplay,
  replay,
  replayTraces,
  windowCounts,
  withDifferences,
} from '../replay.js';
import type { ReplayResult } from '../result.js';
import { mergeShares } from './merge.js';
import type { ReplayShare } from './share.js';

/** Rejects as `replay` does, and with an `EngineError` where a database cannot be asked or does not read what is there. */
export async function replayBlocks(traces: AllTraces & RulesToReplay): Promise<ReplayResult> {
  if (!('divided' in traces)) return await replay(traces);
  const meeting = new Meeting(traces.divided.length);
  const shares = await Promise.all(traces.divided.map(async (_, n) => await shareBy(n, traces, meeting)));
  const merged = mergeShares(shares.map((share) => ({ name: `shard ${share.run.share}`, share })));
  if (merged.kind === 'refused') throw new Error(`${merged.code}: ${merged.message}`);
  const { result } = merged;
  return traces.why === true ? { ...result, rules: await withDifferences(traces, result.rules) } : result;
}

async function shareBy(
  index: number,
  { divided, whole, gather: _, ...options }: SharedTraces & RulesToReplay,
  meeting: Meeting,
): Promise<ReplayShare> {
  const { window, limit, maxSeries = MAX_SERIES } = options;
  const started = performance.now();
  const own = divided[index]!;
  const mine: GivenTraces = { ...options, given: new Together(own, meeting) };
  const result = await replayTraces({ ...options, ...mine }).catch((error: unknown) => {
    meeting.leave(error);
    throw error;
  });
  const { fromNs, toNs } = result.range;
  const flows = await flowRules(
    { ...options, given: whole[index]!, keyShare: { share: index, of: divided.length } },
    result,
  );
  const range = {
    fromNs: fromNs ?? 0n,
    toNs: toNs ?? 0n,
    open: { from: window.fromNs === undefined, to: window.toNs === undefined },
  };
  const windows = await windowCounts({ ...options, given: own, range, bucketNs: result.bucketNs });
  return {
    run: {
      share: index + 1,
      shares: divided.length,
      ...range,
      limit,
      maxSeries,
      // Whoever divides them here does so for all.
      ids: [],
      blocks: [],
    },
    result: { ...result, rules: [...result.rules, ...flows] },
    windows,
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
