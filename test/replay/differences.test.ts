/** What is different about violating cases in blocks of a real Tempo: the rollout that broke a rule, and nothing where nothing was planted. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { replay } from '../../engine/replay/replay.js';
import { replayJson } from '../../engine/replay/result-json.js';
import { type OpenStored, openStored } from '../support/stored.js';

const BLOCKS = new URL('../fixtures/blocks/flow-v5/', import.meta.url).pathname;
const { rollout } = JSON.parse(readFileSync(`${BLOCKS}truth.json`, 'utf8')) as {
  readonly rollout: Readonly<Record<'attribute' | 'value' | 'region' | 'rule', string>>;
};
const rules = readFileSync(new URL('flows/flow-v5.betrace', import.meta.url), 'utf8');

let open: OpenStored;
beforeAll(async () => {
  open = await openStored(`${BLOCKS}blocks`);
});
afterAll(() => open.close());

async function found(text: string) {
  const workspace = loadWorkspace(new Map([['rules.betrace', text]]));
  const result = await replay({ ...open.stored, rules: workspace.rules, limit: 1, why: true });
  return replayJson(result).rules;
}

describe('the rollout in stored blocks', () => {
  it('is what differs first', async () => {
    const json = await found(rules);
    const { differences, violated } = json.find(({ id }) => id === rollout.rule)!;
    const [first] = differences!.findings;
    expect(first!.conditions.map(({ field, value }) => [field, value])).toEqual([
      [rollout.attribute, rollout.value],
      ['resource.cloud.region', rollout.region],
    ]);
    expect(first!.violatedCases.all).toBe(violated);
    expect(first!.certainty).toBeGreaterThan(0.999);
  }, 60_000);

  it('is found by a bound span, too, with its pods under it', async () => {
    // Any violation will do: charges of the broken version in that region, and few others.
    const [json] = await found(`rule charges-are-kept {
      when { name = "payment.charge_card" } as c
      never { name = "payment.charge_card" && span.idempotency.key = c.span.idempotency.key && span:id != c.span:id }
    }`);
    const [first] = json!.differences!.findings;
    expect(first!.conditions.map(({ span, of, field, value }) => [span, of, field, value])).toEqual([
      ['bound', 'c', rollout.attribute, rollout.value],
      ['bound', 'c', 'resource.cloud.region', rollout.region],
    ]);
  }, 60_000);

  it('makes no differences where nothing was planted', async () => {
    const json = await found(rules);
    const quiet = json.filter(
      ({ id }) => id === 'order-ships' || id === 'token-budget' || id === 'processed-once',
    );
    expect(quiet.map(({ differences }) => differences?.findings)).toEqual([[], [], []]);
  }, 60_000);
});
