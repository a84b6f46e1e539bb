/** What the tally has counted, as its log says: read by nothing but the records of it. */
import { frames } from '../../../engine/live/log/frame.js';
import { segmentNumber } from '../../../engine/live/log/segment.js';
import {
  apply,
  decodeRecord,
  emptyState,
  NO_CASES,
  type RuleTally,
} from '../../../server/evidence/tally-state.js';
import type { FaultyDisk } from '../log/faulty-disk.js';

/** All days together, by `ruleKey`. */
export async function talliedCases(disk: FaultyDisk): Promise<ReadonlyMap<string, RuleTally>> {
  const state = emptyState();
  const names = (await disk.list()).flatMap((name) => {
    const segment = segmentNumber(name);
    return segment === undefined ? [] : [{ name, segment }];
  });
  for (const { name, segment } of names.sort((a, b) => a.segment - b.segment))
    for (const found of frames(segment, await disk.read(name)))
      if (found.kind === 'record') apply(state, decodeRecord(found.payload));
  const all = new Map<string, RuleTally>();
  for (const { rules } of [...Object.values(state.days), ...state.closing])
    for (const [rule, counts] of Object.entries(rules)) {
      const known = all.get(rule) ?? { ...NO_CASES };
      all.set(rule, known);
      for (const name of Object.keys(NO_CASES) as (keyof RuleTally)[]) known[name] += counts[name];
    }
  return all;
}
