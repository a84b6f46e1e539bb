/** The log of violations is bounded, and says exactly how many it does not show: soon, not with the next violation. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EmittedViolation } from '../../../engine/live/violation/span.js';
import { planRules } from '../../../engine/plan/lower/lower.js';
import { ViolationLog } from '../../../server/live/violation-log.js';
import { createLogger } from '../../../server/shared/log.js';
import { rulesOf } from '../../live/simulation/rules.js';
import { traceId } from '../../support/arbitrary/spans.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [RULE] = planRules(rulesOf('rule named { never { name = "a" } }')).rules;

function violation(number: number): EmittedViolation {
  const found = { traceId: traceId(number), time: 0n, clause: 0, evidence: [], values: new Map() };
  return { id: String(number), rule: RULE!, found, basis: 'complete', generation: 0 };
}

it('shows 20 a second, and counts the others once the second is over, at once and in all', () => {
  const lines: Record<string, unknown>[] = [];
  const log = new ViolationLog(
    createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(JSON.parse(line)) }),
  );
  const add = (count: number): void => {
    for (let n = 0; n < count; n++) log.add('shop', violation(n));
  };
  add(53);
  expect(lines.filter(({ msg }) => msg === 'violation')).toHaveLength(20);
  vi.advanceTimersByTime(1000);
  expect(lines.at(-1)).toMatchObject({ msg: 'more violations, not shown', notShown: 33, sinceStart: 33 });
  add(27);
  log.stop();
  expect(lines.at(-1)).toMatchObject({ notShown: 7, sinceStart: 40 });
  expect(lines.filter(({ msg }) => msg === 'violation')).toHaveLength(40);
});
