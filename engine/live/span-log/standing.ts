/**
 * What the log of spans says of traces: which are over, and so must not be judged again from what is left of them there; which were judged,
 * and when.
 */
import type { LogDamage } from '../log/damage.js';
import type { Log } from '../log/log.js';
import { type JudgedBefore, JudgedLog } from './judged.js';
import { decodeSpanRecord, isSpansRecord } from './record.js';
import { Timeline } from './timeline.js';

export interface LogStanding {
  /** Keys of the traces that were let go of last, the oldest first. */
  readonly over: ReadonlySet<string>;
  /** Whether spans of a trace in the n-th record of the log, from 0, are to be left out. */
  leavesOut(key: string, record: number, segment: number): boolean;
  /** What was judged of a trace that is not over; undefined where nothing was. */
  judged(key: string): JudgedBefore | undefined;
  readonly timeline: Timeline;
}

/**
 * Reads the log once. Takes memory for as many traces that are over as `most` says, for those since the last record of what is open,
 * for those it names, and for those that are judged and not over: all are bounded, however many traces the log has spans of. Rejects with `UnreadableLog`.
 */
export async function readStanding(
  log: Log,
  most: number,
  onDamage: (damage: LogDamage) => void,
): Promise<LogStanding> {
  // Of those before the last record of what is open, only the newest are needed: for spans that came late.
  const over = new Set<string>();
  let since = 0;
  let open: ReadonlyMap<string, number> = new Map();
  let openAt = -1;
  let recordNumber = -1;
  const judged = new JudgedLog();
  const timeline = new Timeline();
  await log.replay((payload) => {
    recordNumber++;
    if (isSpansRecord(payload)) return;
    const record = decodeSpanRecord(payload);
    switch (record.kind) {
      case 'spans':
        return;
      case 'time':
        timeline.note(record.at, record.began);
        return;
      case 'judged':
        timeline.note(record.at);
        judged.add(record);
        return;
      case 'over':
        for (const key of record.traces) {
          // Said again, it is among the newest again.
          over.delete(key);
          over.add(key);
          judged.forget(key);
        }
        since += record.traces.length;
        forget(over, Math.max(most, since));
        return;
      case 'open':
        open = new Map(record.traces);
        openAt = recordNumber;
        since = 0;
        for (const key of open.keys()) over.delete(key);
        judged.retain(open);
        return;
    }
  }, onDamage);
  return {
    over,
    judged: (key) => judged.get(key),
    timeline,
    leavesOut: (key, record, segment) =>
      over.has(key) || (record < openAt && segment < (open.get(key) ?? Number.POSITIVE_INFINITY)),
  };
}

function forget(over: Set<string>, most: number): void {
  for (const oldest of over) {
    if (over.size <= most) return;
    over.delete(oldest);
  }
}
