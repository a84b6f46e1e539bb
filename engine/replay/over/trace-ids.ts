import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { Judgement } from './judge.js';

/** The ids of traces, by their hashes: of those that are known. */
export type IdsByHash = (hashes: readonly bigint[]) => Promise<ReadonlyMap<bigint, string>>;

/** The same results with the ids of traces in the place of their hashes. */
export async function withTraces(
  idsOf: IdsByHash,
  judgements: readonly (Judgement | JudgedWindowRule)[],
): Promise<readonly JudgedWindowRule[]> {
  const hashes = new Set<bigint>();
  for (const { violations } of judgements)
    for (const violation of violations)
      if ('witnesses' in violation) for (const key of mostTelling(violation.witnesses)) hashes.add(key);
  const ids = await idsOf([...hashes]);
  return judgements.map((judged) => withTraceIds(judged, ids));
}

/** The same, where the ids are known by the hashes. */
export function withTraceIds(
  judged: Judgement | JudgedWindowRule,
  ids: ReadonlyMap<bigint, string>,
): JudgedWindowRule {
  return {
    ...judged,
    violations: judged.violations.map((violation) => {
      if (!('witnesses' in violation)) return violation;
      const { witnesses, ...rest } = violation;
      const traces = new Set(mostTelling(witnesses).flatMap((key) => ids.get(key) ?? []));
      return { ...rest, traces: [...traces] };
    }),
  };
}

/** More help nobody. */
const TRACES = 5;

function mostTelling(witnesses: readonly bigint[]): readonly bigint[] {
  return [...new Set(witnesses)].slice(0, TRACES);
}
