/** Seeds one after another, until one fails. */
import type { SqlEvaluator } from '../../../engine/live/judge/sql-evaluator.js';
import type { Seen } from './chronicle.js';
import { ComparedEvaluator, openSql } from './compared-evaluator.js';
import { fails, failureText, shrink } from './shrink.js';
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.js';

/** Of so many seeds, one is judged with the SQL of the product; the others, by the slow evaluator alone. */
export const SQL_SHARE = 50;

export interface Progress {
  seeds: number;
  /** Seeds that were judged by SQL. */
  bySql: number;
  /** Virtual time that went by. */
  virtualMs: number;
  readonly seen: Partial<Record<Seen, number>>;
}

export function noProgress(): Progress {
  return { seeds: 0, bySql: 0, virtualMs: 0, seen: {} };
}

export function addProgress(to: Progress, other: Progress): void {
  to.seeds += other.seeds;
  to.bySql += other.bySql;
  to.virtualMs += other.virtualMs;
  for (const [what, count] of Object.entries(other.seen) as [Seen, number][])
    to.seen[what] = (to.seen[what] ?? 0) + count;
}

export interface Failure {
  readonly seed: number;
  readonly text: string;
  /** Events that are left of it when it is cut down. */
  readonly events: number;
  readonly faults: readonly string[];
}

export interface SeedsOptions extends SimulationOptions {
  readonly sqlShare?: number;
  /** Whether the seed that fails is cut down to what makes it fail. Default: yes. */
  readonly cutDown?: boolean;
  /** Called after each seed; false ends it. */
  readonly onSeed?: () => boolean;
}

/** Runs the seeds, and cuts down the first that fails. */
export async function trySeeds(
  seeds: Iterable<number>,
  progress: Progress,
  { sqlShare = SQL_SHARE, cutDown = true, onSeed = () => true, ...options }: SeedsOptions = {},
): Promise<Failure | undefined> {
  let sql: SqlEvaluator | undefined;
  try {
    for (const seed of seeds) {
      const bySql = sqlShare > 0 && seed % sqlShare === 0;
      if (bySql) sql ??= await openSql();
      const opened = sql;
      const judging: SimulationOptions =
        bySql && opened !== undefined
          ? {
              ...options,
              sqlStores: true,
              evaluator: (trusted, onFault) => new ComparedEvaluator(opened, trusted, onFault),
            }
          : options;
      const result = await simulate(seed, judging);
      addProgress(progress, progressOf(result, bySql));
      if (fails(result)) {
        const least = cutDown ? await shrink(result, judging) : result;
        return { seed, text: failureText(least), events: least.events.length, faults: least.faults };
      }
      if (!onSeed()) return undefined;
    }
  } finally {
    sql?.close();
  }
  return undefined;
}

function progressOf({ virtualMs, seen }: SimulationResult, bySql: boolean): Progress {
  return { seeds: 1, bySql: bySql ? 1 : 0, virtualMs, seen };
}

export function* seedsFrom(from: number, count: number, step = 1): Generator<number> {
  for (let seed = from; seed < from + count; seed += step) yield seed;
}
