/** Each case of a flow is counted once, whatever comes late and whatever is let go of. */
import { describe, expect, it } from 'vitest';
import type { FlowCounts } from '../../../engine/live/flows/flow-counts.js';
import type { FlowStore } from '../../../engine/live/flows/flow-store.js';
import type { CaseTally } from '../../../engine/live/tally.js';
import type { TestLive } from '../support.js';
import { BEGIN, counts, ONCE, PAID, play, SHIPS, start, traceAt } from './support.js';

const DAY = BEGIN / 86_400_000_000_000n;

/** Evidence that hears of flows alone. */
const tallyOf = (countedFlows: CaseTally['countedFlows']): CaseTally => ({
  ...{
    mostIds: 10,
    changesUpTo: 0,
    has: () => false,
    counted: async () => undefined,
    changed: async () => undefined,
  },
  ...{ refused: () => undefined, forget: () => undefined, retain: () => undefined, countedFlows },
});

describe('a piece of a flow', () => {
  it('is counted once, also when a late span makes it longer or becomes its first', async () => {
    const test = await start(ONCE);
    await play(test, traceAt(1, 'begin', 'x', 1), traceAt(31, 'mail', 'a', 2), traceAt(45, 'tick', 't', 3));
    expect(counts(test, 'once')).toMatchObject({ passed: 1, unseen: 1 });
    await play(test, traceAt(38, 'note', 'a', 4), traceAt(26, 'note', 'a', 5), traceAt(75, 'tick', 't', 6));
    expect(counts(test, 'once')).toMatchObject({ passed: 2, violations: 0, unseen: 1 });
    await play(test, traceAt(20, 'note', 'a', 7), traceAt(78, 'tick', 't', 8));
    expect(counts(test, 'once')).toMatchObject({ passed: 2, violations: 0, unseen: 1 });
  });

  it('that falls apart is counted as what it is made of', async () => {
    const test = await start(ONCE);
    // The span in the middle has the only key of its trace, until there is another.
    const ends = traceAt(31, 'mail', 'a', 2);
    const [middle] = traceAt(40, 'note', 'a', 3).spans;
    const keyless = { ...middle!, attributes: new Map(), spanId: '00000000000000a1' };
    const trace = { ...ends, spans: [...ends.spans, keyless] };
    await play(test, trace, traceAt(49, 'mail', 'a', 4), traceAt(75, 'tick', 't', 5));
    const before = counts(test, 'once');
    expect(before.violations).toBe(1);
    const other = { ...traceAt(41, 'note', 'b', 2).spans[0]!, spanId: '00000000000000a2' };
    await play(test, { traceId: ends.traceId, spans: [other] }, traceAt(90, 'tick', 't', 6));
    const { passed, retracted } = counts(test, 'once');
    expect({ passed: passed - before.passed, retracted }).toEqual({ passed: 3, retracted: 1 });
  });
});

describe('cases whose spans are let go of for want of room before they are decided', () => {
  const orders = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => traceAt(100 + from + n, 'order', `k${from + n}`, from + n));

  it('are counted as not seen, also where they were taken in one go', async () => {
    const test = await start(SHIPS, { mostFlowSpans: 10, flowGraceMs: 600_000 });
    for (const order of orders(1, 12)) await test.send(order);
    await test.wait(5);
    expect(test.live.flowSpans).toBe(9);
    expect(counts(test, 'ships')).toMatchObject({ unseen: 3, undecided: 9 });
    // Its trace comes whole again, with a span that is late.
    await play(test, {
      ...traceAt(101, 'other', 'k1', 1),
      spans: [{ ...traceAt(101, 'other', 'k1', 1).spans[0]!, spanId: '00000000000000a1' }],
    });
    await play(test, traceAt(300, 'order', 'z', 40));
    const { passed, violations, unseen } = counts(test, 'ships');
    expect(passed + violations + unseen).toBe(12);
  });

  it('are not undecided any more, nor are those that see so far back', async () => {
    const test = await start(PAID, { mostFlowSpans: 10, flowGraceMs: 600_000 });
    for (const [n] of orders(1, 12).entries()) await test.send(traceAt(101 + n, 'ship', `k${n}`, 1 + n));
    await test.wait(5);
    expect(test.live.flowSpans).toBe(9);
    expect(counts(test, 'paid').undecided).toBe(0);
  });

  it('are heard of by evidence once, whatever crashes', async () => {
    let deaf = true;
    const heard = new Map<bigint, FlowCounts>();
    const tally = tallyOf(async (seq, cases) => {
      if (deaf) throw new Error('the disk is full');
      heard.set(seq, cases);
    });
    const test = await start(SHIPS, { mostFlowSpans: 10, flowGraceMs: 600_000 }, { tally });
    for (const order of orders(1, 12)) await test.send(order);
    await test.wait(5);
    await test.crash();
    deaf = false;
    await test.wait(5);
    const cases = [...heard.values()].flatMap((counted) => counted.cases);
    expect(cases.reduce((sum, { unseen }) => sum + unseen, 0)).toBe(3);
  });
});

describe('rules that change while flows are judged', () => {
  const SOONER = SHIPS.replace('60s', '40s');

  /** Has the rules change in the middle of what a tick does, once. */
  async function changing(
    op: 'undecided' | 'evict',
    rules: string,
    heard: FlowCounts[] = [],
  ): Promise<{ readonly test: TestLive; readonly change: () => void }> {
    let due = false;
    const flowStore = (store: FlowStore): FlowStore =>
      Object.assign(Object.create(store) as FlowStore, {
        [op]: async (...given: Parameters<FlowStore['evict']>) => {
          if (due) test.live.setRules(test.rulesIn(rules));
          due = false;
          return await store[op](...given);
        },
      });
    const tally = tallyOf(async (_, cases) => void heard.push(cases));
    const settings = { mostFlowSpans: 10, flowGraceMs: 600_000 };
    const test = await start(SHIPS, settings, { flowStore, tally });
    return {
      test,
      change: () => {
        due = true;
      },
    };
  }

  it('leave nothing undecided that was undecided by the rule as it was', async () => {
    const { test, change } = await changing('undecided', SOONER);
    await play(test, traceAt(1, 'order', 'a', 1));
    expect(counts(test, 'ships').undecided).toBe(1);
    change();
    await play(test, traceAt(5, 'order', 'b', 2));
    expect(counts(test, 'ships').undecided).toBe(0);
    expect(test.live.undecidedOn('shop', DAY)).toEqual(new Map());
  });

  it('leave nothing undecided of a rule that is gone', async () => {
    const { test, change } = await changing('undecided', PAID);
    await play(test, traceAt(1, 'order', 'a', 1));
    change();
    await play(test, traceAt(5, 'order', 'b', 2));
    expect(counts(test, 'ships').undecided).toBe(0);
  });

  it('do not count what the rule as it was has lost', async () => {
    const heard: FlowCounts[] = [];
    const { test, change } = await changing('evict', SOONER, heard);
    const [before] = test.rulesIn(SHIPS).closing.flatMap(({ plan }) => plan.rules);
    for (let n = 1; n <= 12; n++) await test.send(traceAt(100 + n, 'order', `k${n}`, n));
    change();
    await test.wait(5);
    const lost = heard.flatMap(({ cases }) => cases).filter(({ unseen }) => unseen > 0);
    expect(lost.map(({ rule, unseen }) => [rule.revision, unseen])).toEqual([[before!.revision, 3]]);
  });
});
