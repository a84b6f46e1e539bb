/** Rules across traces as spans come: deadlines, late spans, what is let go of, and what cannot be determined. */
import { describe, expect, it } from 'vitest';
import type { FlowStore } from '../../../engine/live/flows/flow-store.js';
import { ruleSet } from '../../../engine/live/rules/rule-set.js';
import type { CaseTally } from '../../../engine/live/tally.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { liveRule } from '../../../server/live/live-rule.js';
import { casesOf } from '../simulation/rules.js';
import { DEFAULT_DELAYS } from '../support.js';
import { AUDITED, counts, ONCE, PAID, play, SHIPS, start, traceAt } from './support.js';

describe('a flow', () => {
  it('is undecided until its deadline has passed by the clock of spans, and is counted once its time has', async () => {
    const test = await start(SHIPS);
    await play(test, traceAt(1, 'order', 'a', 1), traceAt(2, 'order', 'b', 2), traceAt(5, 'ship', 'b', 3));
    expect(counts(test, 'ships')).toMatchObject({ undecided: 1, violations: 0, passed: 0 });
    await test.wait(40);
    expect(test.emitted).toEqual([]);
    await play(test, traceAt(23, 'other', 'z', 4));
    await play(test, traceAt(50, 'order', 'z', 5));
    expect(test.emitted).toEqual(['ships 1 flow']);
    await play(test, traceAt(120, 'ship', 'z', 6));
    expect(counts(test, 'ships')).toEqual({
      passed: 1,
      violations: 2,
      retracted: 0,
      undecided: 0,
      unseen: 0,
    });
    expect(test.problems).toEqual([]);
  });

  it('is judged again when spans come late, over a process that was killed', async () => {
    const test = await start(SHIPS);
    await play(test, traceAt(1, 'order', 'a', 1), traceAt(40, 'order', 'b', 2));
    expect(test.emitted).toEqual(['ships 1 flow']);
    await test.crash();
    await play(test, traceAt(9, 'ship', 'a', 3));
    expect(counts(test, 'ships')).toMatchObject({ retracted: 1, violations: 0 });
    await play(test, traceAt(70, 'order', 'c', 4));
    expect(test.emitted).toEqual(['ships 1 flow', 'ships 2 flow']);
  });

  it('is made of linked traces, whichever came first', async () => {
    const test = await start(AUDITED);
    await play(
      test,
      traceAt(1, 'read', 'a', 1),
      traceAt(2, 'read', 'a', 2),
      traceAt(4, 'audit', 'a', 3, [1]),
    );
    await play(
      test,
      traceAt(40, 'read', 'a', 4),
      traceAt(60, 'x', 'a', 5),
      traceAt(61, 'audit', 'a', 6, [4]),
    );
    expect(test.emitted).toEqual(['audited 2 flow', 'audited 4 flow']);
    expect(counts(test, 'audited')).toMatchObject({ undecided: 0, retracted: 0 });
  });

  it('is cut where nothing starts for long', async () => {
    const test = await start(ONCE);
    await play(
      test,
      traceAt(1, 'mail', 'a', 1),
      traceAt(12, 'mail', 'a', 2),
      traceAt(18, 'mail', 'a', 3),
      traceAt(40, 'mail', 'a', 4),
    );
    await play(test, traceAt(80, 'mail', 'b', 5));
    expect(test.emitted).toEqual(['once 2 flow']);
    // What would join the first piece may have been there before the rule.
    expect(counts(test, 'once')).toMatchObject({ passed: 1, violations: 1, unseen: 1 });
  });
});

describe('rules that change', () => {
  // Another filter before it, another column, and another key: what was kept is laid out otherwise.
  const OTHER = `rule a-first { across .j within 9s when { name = "boat" && span.n > 1 } as b never { span.m = b.span.m } after b }`;

  it('begin anew, and leave the others with what is kept for them', async () => {
    const test = await start(`${SHIPS} ${PAID}`);
    await play(test, traceAt(1, 'order', 'a', 1), traceAt(70, 'order', 'b', 2), traceAt(80, 'ship', 'b', 3));
    test.live.setRules(ruleSet(casesOf(`${OTHER} ${SHIPS} ${PAID.replace('60s', '40s')}`)));
    await play(
      test,
      traceAt(85, 'order', 'c', 4),
      traceAt(88, 'ship', 'c', 5),
      traceAt(95, 'x', 'z', 6),
      traceAt(99, 'order', 'z', 7),
    );
    expect(test.emitted).toEqual(['ships 1 flow']);
    await play(test, traceAt(300, 'order', 'y', 8));
    expect(test.emitted).toEqual(['ships 1 flow', 'ships 7 flow']);
    expect(counts(test, 'ships')).toMatchObject({ passed: 2, violations: 2, unseen: 0, undecided: 1 });
    // What was there before it is left out, and what looks back beyond its beginning cannot be determined.
    expect(counts(test, 'paid')).toMatchObject({ passed: 0, violations: 0, unseen: 1 });
    expect(test.problems).toEqual([]);
  });

  it('while no process is there, and in another order, leave what is kept as well', async () => {
    const test = await start(`${SHIPS} ${ONCE}`);
    await play(test, traceAt(1, 'order', 'a', 1), traceAt(70, 'order', 'b', 2));
    await test.crash(`${OTHER} ${ONCE} ${SHIPS}`);
    await play(test, traceAt(79, 'ship', 'b', 3), traceAt(99, 'order', 'z', 4), traceAt(140, 'x', 'z', 5));
    await play(test, traceAt(300, 'order', 'y', 6));
    expect(test.emitted).toEqual(['ships 1 flow', 'ships 4 flow']);
    expect(counts(test, 'ships')).toMatchObject({ passed: 1, violations: 1, unseen: 0 });
  });
});

describe('spans of flows', () => {
  it('go once no case needs them, and what was found stays', async () => {
    const test = await start(`${SHIPS} ${PAID} ${ONCE}`, { graceMs: 1000, quietAfterMs: 2000 });
    await play(
      test,
      traceAt(1, 'order', 'a', 1),
      traceAt(100, 'ship', 'c', 2),
      traceAt(200, 'order', 'd', 3),
    );
    await play(test, traceAt(1000, 'order', 'e', 4), traceAt(1020, 'mail', 'e', 5));
    await play(test, traceAt(1300, 'x', 'e', 7));
    expect(test.live.flowSpans).toBe(0);
    await play(test, traceAt(2000, 'order', 'f', 6));
    expect(counts(test, 'ships')).toMatchObject({ violations: 3, retracted: 0, unseen: 0 });
    expect(counts(test, 'paid')).toMatchObject({ violations: 1, retracted: 0, unseen: 0 });
    expect(test.live.outbox.traces().length).toBeLessThan(3);
  });

  it('that came before the rule was there are missed by cases that see them, and only by those', async () => {
    const test = await start(`${SHIPS} ${PAID}`);
    test.time = 30_000;
    await test.crash();
    await play(
      test,
      traceAt(40, 'ship', 'a', 1),
      traceAt(50, 'order', 'a', 2),
      traceAt(140, 'ship', 'b', 3),
      traceAt(300, 'x', 'b', 4),
    );
    await play(test, traceAt(300, 'order', 'b', 5));
    expect(counts(test, 'paid')).toMatchObject({ violations: 1, unseen: 1 });
    expect(test.emitted).toEqual(['ships 2 flow', 'paid 3 flow']);
  });

  it('beyond the bound go, the earliest first, and cases that saw them are not judged', async () => {
    const test = await start(`${SHIPS} ${PAID}`, { mostFlowSpans: 10, flowGraceMs: 600_000 });
    await play(test, traceAt(100, 'order', 'a', 1));
    for (let n = 0; n < 12; n++) await play(test, traceAt(101 + n, 'ship', `k${n}`, 10 + n));
    expect(test.live.flowSpans).toBeLessThanOrEqual(10);
    expect(test.live.counters.flowsEvicted).toBeGreaterThan(1);
    expect(test.problems[0]).toContain('were let go of for want of room');
    const before = test.emitted.length;
    await play(test, traceAt(300, 'order', 'z', 40));
    expect(test.emitted.slice(before)).toEqual([]);
    expect(counts(test, 'ships').unseen).toBe(1);
    expect(test.retracted).toEqual([]);
  });
});

describe('a rule across traces', () => {
  it('that cannot tell says what was missing', async () => {
    const test = await start(
      'rule limited { across span.k within 5s when { name = "order" } as o always o.span.amount <= 10 }',
    );
    await play(test, traceAt(1, 'order', 'a', 1), traceAt(30, 'order', 'b', 2));
    const live = liveRule(test.live.counters, 'shop', 'limited', DEFAULT_DELAYS);
    expect(live).toMatchObject({ cannotTell: 1, violated: 0 });
    expect(live?.cannotTellWhy).toEqual(['cannot tell for want of o.span.amount (2)']);
    expect(test.ruleEvents).toEqual([expect.stringContaining('shop limited cannot tell: o.span.amount')]);
  });

  it('counts spans that come when the cases that see them are settled, and leaves what it found', async () => {
    const test = await start(SHIPS, { flowGraceMs: 1000 });
    await play(
      test,
      traceAt(1, 'order', 'a', 1),
      traceAt(200, 'x', 'z', 2),
      traceAt(400, 'order', 'z', 3),
      traceAt(500, 'x', 'z', 4),
    );
    expect(test.emitted).toEqual(['ships 1 flow', 'ships 3 flow']);
    expect(test.live.counters.flowSpansLate).toBe(0);
    await play(test, traceAt(9, 'ship', 'a', 5));
    expect(test.live.counters.flowSpansLate).toBe(1);
    expect(test.problems).toEqual([
      '1 spans of flows came when the cases that see them were settled, the last of tenant shop: what was found without them stays',
    ]);
    await test.wait(30);
    expect(test.retracted).toEqual([]);
  });

  it('has what was counted before a crash known to evidence, also where nothing is judged any more', async () => {
    let deaf = true;
    const heard: bigint[] = [];
    const tally: CaseTally = {
      ...{
        mostIds: 10,
        changesUpTo: 0,
        has: () => false,
        counted: async () => undefined,
        changed: async () => undefined,
      },
      ...{ refused: () => undefined, forget: () => undefined, retain: () => undefined },
      countedFlows: async (seq) => {
        if (deaf) throw new Error('the disk is full');
        heard.push(seq);
      },
    };
    const test = await start(SHIPS, { graceMs: 1000 }, { tally });
    await play(test, traceAt(1, 'order', 'a', 1), traceAt(5, 'ship', 'a', 2), traceAt(200, 'x', 'z', 3));
    await test.wait(60);
    expect(test.problems.at(-1)).toContain('the disk is full');
    await test.crash();
    deaf = false;
    await test.wait(2);
    expect(heard.length).toBeGreaterThan(0);
  });

  it('that fails on one flow after the other rests, ever longer, and is judged again once it can be', async () => {
    let fails = true;
    const tried: number[] = [];
    const flowStore = (store: FlowStore): FlowStore =>
      Object.assign(Object.create(store) as FlowStore, {
        judge: async (...[tenant, moment, rest]: Parameters<FlowStore['judge']>) => {
          const judged = await store.judge(tenant, moment, rest);
          const ships = judged?.rules.find(({ rule }) => rule.id === 'ships');
          if (judged === undefined || ships === undefined) return judged;
          tried.push(test.time / 1000);
          const problem = { code: 'BT3002', message: 'too slow' };
          return fails
            ? {
                ...judged,
                rules: judged.rules.filter((result) => result !== ships),
                failed: [{ rule: ships.rule, problem }],
              }
            : judged;
        },
      });
    const test = await start(`${SHIPS} ${ONCE}`, {}, { flowStore });
    const orders = (from: number, count: number): readonly Trace[] =>
      Array.from({ length: count }, (_, n) => traceAt(from + 3 * n, 'order', `k${from + n}`, from + n));
    await play(test, ...orders(3, 3));
    const before = tried.length;
    expect(before).toBeGreaterThanOrEqual(3);
    expect(test.live.counters.find('shop', 'ships')?.stopped).toContain('too slow (BT3002)');
    // It rests for ten seconds, and then for twenty.
    await play(test, ...orders(tried[2]! + 2, 2));
    expect(tried).toHaveLength(before);
    expect(test.live.counters.find('shop', 'ships')?.whileStopped).toBeGreaterThan(0);
    await play(test, ...orders(tried[2]! + 12, 2));
    expect(tried).toHaveLength(before + 1);
    fails = false;
    await play(test, ...orders(tried.at(-1)! + 22, 1));
    expect(test.live.counters.find('shop', 'ships')?.stopped).toBeUndefined();
    expect(test.problems.at(-1)).toBe('ships, tenant shop: is judged again');
  });
});
