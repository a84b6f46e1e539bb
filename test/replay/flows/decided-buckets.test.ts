/** Since when a rule across traces is violated: what is undecided at the end of a range makes no share rise. */
import { expect, it } from 'vitest';
import { decidedBuckets } from '../../../engine/verdicts/decided-buckets.js';
import type { BucketCounts } from '../../../engine/verdicts/evaluation.js';
import type { JudgedFlowRule, JudgedRule } from '../../../engine/verdicts/judged-rule.js';

const WIDTH = 60n;
const buckets: readonly BucketCounts[] = [0n, 60n, 120n].map((start) => ({
  start,
  passed: 1,
  violated: 1,
  cannotTell: 0,
}));
const undecidedAt = (...times: readonly bigint[]): Partial<JudgedFlowRule> => ({
  kind: 'flow',
  undecided: times.length,
  undecidedCases: times.map((time) => ({ key: new Map(), traceId: '', time, clause: 0 })),
});
const startsOf = (judged: Partial<JudgedRule>) =>
  decidedBuckets({ buckets, ...judged } as JudgedRule, WIDTH).map(({ start }) => start);

it('buckets count up to the first case that is undecided', () => {
  expect(startsOf(undecidedAt())).toEqual([0n, 60n, 120n]);
  expect(startsOf(undecidedAt(120n, 130n))).toEqual([0n, 60n]);
  expect(startsOf(undecidedAt(119n))).toEqual([0n]);
  expect(startsOf(undecidedAt(10n))).toEqual([]);
});

it('none counts where no undecided case is listed, and all do of other rules', () => {
  expect(startsOf({ ...undecidedAt(10n), undecidedCases: [] })).toEqual([]);
  expect(startsOf({ kind: 'trace' })).toEqual([0n, 60n, 120n]);
});
