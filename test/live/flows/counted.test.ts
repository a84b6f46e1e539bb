/** Each case of a flow is counted once, whatever comes late and whatever is let go of. */
import { describe, expect, it } from 'vitest';
import type { FlowCounts } from '../../../engine/live/flows/flow-counts.js';
import type { CaseTally } from '../../../engine/live/tally.js';
import { counts, ONCE, PAID, play, SHIPS, start, traceAt } from './support.js';

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
    const tally: CaseTally = {
      ...{ mostIds: 10, has: () => false, counted: async () => undefined, changed: async () => undefined },
      ...{ refused: () => undefined, forget: () => undefined, retain: () => undefined },
      countedFlows: async (seq, cases) => {
        if (deaf) throw new Error('the disk is full');
        heard.set(seq, cases);
      },
    };
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
