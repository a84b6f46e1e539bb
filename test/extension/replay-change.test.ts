import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ReplayJson } from '../../engine/answers/replay.js';
import { changesBetween, changeText, countChanges } from '../../extension/service/replay-change.js';
import { comparedData } from '../../extension/views/compared.js';
import { runs } from '../support/runs.js';

const FROM = '2026-01-01T00:00:00.000000000Z';
const TO = '2026-01-02T00:00:00.000000000Z';

/** A replay of a rule with violations at these minutes, the earliest `limit` of them listed. */
function result(
  minutes: readonly number[],
  { limit = 1000, from = FROM, to = TO, problem = null as null | { code: string } } = {},
): ReplayJson {
  const sorted = [...minutes].sort((a, b) => a - b);
  const violations = sorted.slice(0, limit).map((minute) => ({
    id: `v${minute}`,
    traceId: 'a',
    time: timeOf(minute),
    clause: 'always#1',
    clauseText: 'always { }',
    rootService: 'shop',
    evidence: [],
    values: {},
  }));
  const counts = { applicable: 100, passed: 100 - sorted.length, violated: sorted.length, cannotTell: 0 };
  const rule = {
    ...{ id: 'r', severity: 'high', summary: null, missing: {}, histogram: [], problem, first: null },
    ...{ ...counts, violations, violationsLeftOut: sorted.length - violations.length },
  };
  return {
    ...{ range: { from, to }, partial: false, traces: 1, spans: 1, bucketSeconds: 60 },
    ...{ blocks: { read: 1, unread: [], warnings: [] }, rules: [rule], overRules: [] },
  } as unknown as ReplayJson;
}

function timeOf(minute: number): string {
  return new Date(Date.parse(FROM) + 60_000 * minute).toISOString().replace('Z', '000000Z');
}

function textOf(before: ReplayJson, after: ReplayJson): string | undefined {
  return changeText(countChanges(changesBetween(before, after).values()));
}

it('tells what came and what went, and nothing where both found the same', () => {
  expect(textOf(result([1, 2, 3]), result([2, 3, 4, 5]))).toBe('+2 −1');
  expect(textOf(result([1, 2]), result([1, 2]))).toBeUndefined();
});

it('leaves out what only one of them looked at', () => {
  expect(textOf(result([1, 2, 3]), result([3, 4], { from: timeOf(3) }))).toBe('+1');
  expect(textOf(result([1], { to: timeOf(2) }), result([1, 5]))).toBeUndefined();
});

it('compares no rule that was not judged to the end, and none that only one of them has', () => {
  expect(changesBetween(result([1], { problem: { code: 'BT5001' } }), result([])).size).toBe(0);
  expect(changesBetween({ ...result([1]), rules: [] }, result([1])).size).toBe(0);
});

it('never says more than there is where not all are listed', () => {
  const minutes = fc.uniqueArray(fc.nat(60), { maxLength: 30 });
  fc.assert(
    fc.property(minutes, minutes, fc.integer({ min: 1, max: 10 }), (before, after, limit) => {
      const whole = countChanges(changesBetween(result(before), result(after)).values());
      const cut = countChanges(changesBetween(result(before, { limit }), result(after, { limit })).values());
      expect(cut.added).toBeLessThanOrEqual(whole.added);
      expect(cut.gone).toBeLessThanOrEqual(whole.gone);
      expect(cut.isAtLeast).toBe(before.length > limit || after.length > limit);
    }),
    { numRuns: runs(50) },
  );
});

it('is said of all rules and of each, with what is new and what is gone', () => {
  const [before, after] = [result([1, 2]), result([2, 3])];
  const compared = { ended: timeOf(5), changes: changesBetween(before, after) };
  expect(comparedData(compared)).toMatchObject({
    text: '+1 −1 since the replay at 00:05:00 UTC',
    rules: [{ id: 'r', change: '+1 −1', added: ['v3'], gone: [{ id: 'v1' }] }],
  });
  expect(comparedData({ ...compared, changes: changesBetween(after, after) })?.text).toBe(
    'The same violations as the replay at 00:05:00 UTC',
  );
  expect(comparedData({ ...compared, changes: new Map() })).toBeUndefined();
});
