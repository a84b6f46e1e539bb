/** Spans that share an id are counted when their trace is closed, once: those that nobody means apart from those of a call in Zipkin. */
import { expect, it } from 'vitest';
import type { Span } from '../../engine/otlp/model.js';
import { span, trace } from '../support/arbitrary/spans.js';
import { TestLive } from './support.js';

const root = span(1, undefined, { name: 'root', ticks: 9 });
const client = span(2, 1, { kind: 'client', at: 1 });
const server = span(2, 1, { kind: 'server', at: 1 });
const others = [3, 4].map((ticks) => span(3, 1, { name: `at ${ticks}`, at: ticks }));

async function counted(...spans: readonly Span[]): Promise<unknown> {
  const test = await TestLive.start({ rules: 'rule any { never { name = "none" } }' });
  await test.send(trace(root, ...spans));
  await test.send(trace(root));
  await test.wait(6);
  expect(test.live.counters.closed).toMatchObject({ complete: 1 });
  return test.live.counters.sharingSpans;
}

it('counts client and server of one id as spans of different kinds', async () => {
  expect(await counted(client, server)).toEqual({ different: 2, same: 0 });
});

it('counts other spans of one id as spans of the same kind', async () => {
  expect(await counted(...others)).toEqual({ different: 0, same: 2 });
});

it('counts neither copies nor spans with ids of their own', async () => {
  expect(await counted(client, client, others[0]!)).toEqual({ different: 0, same: 0 });
});
