/** What live judging says of cases that it cannot tell: in the words of a replay, looked for now and then only. */
import { expect, it } from 'vitest';
import { ruleSet } from '../../engine/live/rules/rule-set.js';
import type { Trace } from '../../engine/otlp/model.js';
import { liveRule } from '../../server/live/live-rule.js';
import { rulesOf } from './simulation/rules.js';
import { DEFAULT_DELAYS, TestLive, traceOf } from './support.js';

const RULES = `rule limited {
  when { name = "charge" } as c
  always c.span.amount <= c.span.limit
  never count({ name = "retry" && span.n > c.span.most }) > 3
}`;

/** A charge with these attributes. */
function charge(number: number, record: Readonly<Record<string, bigint>>): Trace {
  const trace = traceOf(number, 'charge');
  const spans = trace.spans.map((span) => ({ ...span, attributes: new Map(Object.entries(record)) }));
  return { ...trace, spans };
}

const reasonsOf = ({ live }: TestLive): readonly string[] =>
  liveRule(live.counters, 'shop', 'limited', DEFAULT_DELAYS)?.cannotTellWhy ?? [];

it('names what was missing and on which side, with a trace, once', async () => {
  const test = await TestLive.start({ rules: RULES });
  await test.send(charge(1, { amount: 1n, limit: 2n }), charge(2, { amount: 1n }));
  await test.wait(6);
  expect(reasonsOf(test)).toEqual(['cannot tell for want of c.span.limit, in always#1 (1)']);
  await test.wait(10);
  await test.send(charge(3, { amount: 1n }), charge(4, { limit: 1n }));
  await test.wait(6);
  expect(reasonsOf(test)).toEqual([
    'cannot tell for want of c.span.limit, in always#1 (2)',
    'cannot tell for want of c.span.amount, in always#1 (1)',
  ]);
  expect(test.ruleEvents).toEqual([
    'shop limited cannot tell: c.span.limit, in always#1 in 2',
    'shop limited cannot tell: c.span.amount, in always#1 in 4',
  ]);
});

it('looks into one batch every ten seconds, and says of how many cases it speaks', async () => {
  const test = await TestLive.start({ rules: RULES });
  for (let n = 1; n <= 5; n++) {
    await test.send(charge(n, { amount: 1n }));
    await test.wait(1);
  }
  await test.wait(6);
  expect(test.live.counters.of('shop', 'limited', 'medium').cannotTell).toBe(5);
  expect(reasonsOf(test)).toEqual(['cannot tell for want of c.span.limit, in always#1 (1 of 1 looked at)']);
});

it('begins anew when the rule is another', async () => {
  const test = await TestLive.start({ rules: RULES });
  await test.send(charge(1, {}));
  await test.wait(6);
  test.live.setRules(ruleSet(rulesOf(RULES.replace('c.span.limit', 'c.span.bound'))));
  await test.send(charge(2, { amount: 1n }));
  await test.wait(6);
  expect(reasonsOf(test)).toEqual(['cannot tell for want of c.span.bound, in always#1 (1 of 1 looked at)']);
});
