/** What the page says of a rule: nothing green, and no rise, that is not known. */
import { expect, it } from 'vitest';
import type { CaseRuleJson, WindowRuleJson } from '../../../engine/answers/replay.js';
import type { RuleInForceJson } from '../../../engine/answers/rule.js';
import { decidedBuckets } from '../../../server/web/app/decided.js';
import { sinceText } from '../../../server/web/app/since-text.js';
import { reasonsOf, standingOf } from '../../../server/web/app/standing.js';

const inForce = (lastReplay: object): RuleInForceJson =>
  ({ settings: { enabled: true }, stale: false, live: null, lastReplay }) as unknown as RuleInForceJson;
const replayed = {
  applicable: 0,
  violated: 0,
  cannotTell: 0,
  cannotTellWhy: [],
  vacuous: 0,
  vacuousClauses: [],
};
const windows = (...reasons: readonly ('range' | 'series' | 'prior')[]) =>
  ({
    problem: null,
    applicable: 0,
    windowsNotJudged: {
      count: 12 * reasons.length,
      runs: reasons.map((reason) => ({ reason, count: 12, from: '', to: '' })),
    },
  }) as unknown as WindowRuleJson;

it('a rule of whose windows none was judged says why, and not that it never applied', () => {
  const rule = inForce(replayed);
  expect(standingOf(rule, windows('prior'))).toBe('not judged');
  expect(reasonsOf(rule, windows('prior'))).toEqual([
    '12 windows not judged: before which not enough is stored',
  ]);
  expect(reasonsOf(rule, windows('prior', 'range', 'prior'))).toEqual([
    '36 windows not judged: before which not enough is stored, or in the range only in part',
  ]);
  expect(standingOf(rule, windows())).toBe('vacuous');
  expect(reasonsOf(rule, windows())).toEqual(['it never applied in the last replay']);
});

it('shares over time end before the first case that is undecided', () => {
  const histogram = ['10:00', '10:10', '10:20', '10:30'].map((clock) => ({
    start: `2026-11-21T${clock}:00.000000000Z`,
  }));
  const startsOf = (undecided: number, ...times: readonly string[]) =>
    decidedBuckets({
      histogram,
      undecided,
      undecidedCases: times.map((clock) => ({ time: `2026-11-21T${clock}:30.000000000Z` })),
    } as unknown as CaseRuleJson).map(({ start }) => start.slice(11, 16));
  expect(startsOf(0)).toEqual(['10:00', '10:10', '10:20', '10:30']);
  expect(startsOf(2, '10:20', '10:25')).toEqual(['10:00', '10:10']);
  expect(startsOf(1, '10:31')).toEqual(['10:00', '10:10', '10:20']);
  expect(startsOf(1)).toEqual([]);
});

it('a rate is that of the times whose cases are decided, as in the report', () => {
  const part = (from: string, to: string, applicable: number, violated: number) => ({
    from,
    to,
    applicable,
    violated,
  });
  const day = (hour: string) => `2026-11-21T${hour}:00:00.000000000Z`;
  const since = { parts: [part(day('00'), day('19'), 75, 15)], changes: [] };
  expect(sinceText({ since, applicable: 100, violated: 15 })).toBe('steady at 20 %, no change found');
  expect(sinceText({ since: null, applicable: 3, violated: 1 })).toBe('no case at a time that is decided');
});
