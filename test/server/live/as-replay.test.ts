/** The spans of blocks that a real Tempo wrote, sent live: the violation spans are those that a replay of the blocks emits. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { storedFragments } from '../../support/real-blocks.js';
import { betrace } from '../cli/support.js';
import { SHOP, SHOP_RULES, temporaryDirectory } from '../service/support.js';
import { post, serve } from './process.js';
import { startReceiver, type ViolationReceiver } from './receiver.js';

const PER_REQUEST = 200;

/** What depends on when a violation was found: on how much of its trace, and on the cases that had been counted by then. */
const OF_THE_MOMENT = /^betrace\.(violation\.(id|basis)|rule\.(since|rate|rate_before))$/u;

/** Violations that are not retracted, by their ids: what does not depend on when they were found. A half of a trace may have been judged first. */
function standing({ spans }: ViolationReceiver): ReadonlyMap<string, { readonly others: object }> {
  const retracted = new Set([...spans.values()].map(({ attributes }) => attributes['betrace.retracts']));
  const all = [...spans.values()].flatMap(({ spanId: _, attributes, ...span }) => {
    const id = attributes['betrace.violation.id'];
    const others = Object.fromEntries(
      Object.entries(attributes).filter(([name]) => !OF_THE_MOMENT.test(name)),
    );
    return typeof id === 'string' && !retracted.has(id) ? [[id, { ...span, others }] as const] : [];
  });
  return new Map(all);
}

it('finds by the same ids what replay finds, and says the same of it', async () => {
  const [live, replayed] = [await startReceiver(), await startReceiver()];
  const serving = await serve({
    rules: readdirSync(SHOP_RULES)
      .filter((file) => file.endsWith('.betrace'))
      .map((file) => readFileSync(join(SHOP_RULES, file), 'utf8'))
      .join('\n'),
    export: live.url,
    settings: { 'live.complete_after': '2s', 'live.quiet_after': '4s' },
  });
  const traces = await storedFragments('shop-v5', 1);
  for (let from = 0; from < traces.length; from += PER_REQUEST) {
    const { status } = await post(serving.httpPort, protobufOf(traces.slice(from, from + PER_REQUEST)));
    expect(status).toBe(200);
  }
  const directory = temporaryDirectory();
  const { code, err } = await betrace(
    ['replay', SHOP_RULES, '--blocks', SHOP, '--emit', replayed.url, '--cache', join(directory, 'cache')],
    { env: { BETRACE_STATE: join(directory, 'state') } },
  );
  expect([code, err]).toEqual([1, expect.stringContaining('violations sent to')]);
  const expected = standing(replayed);
  expect(expected.size).toBeGreaterThan(100);
  await expect.poll(() => standing(live).size).toBe(expected.size);
  expect(standing(live)).toEqual(expected);
  for (const { others } of expected.values())
    expect(others).toMatchObject({ 'service.name': expect.any(String) });
  expect(await serving.stop()).toBe(0);
});
