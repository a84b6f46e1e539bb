/** What is different about violating cases in blocks of a real Tempo: the rollout that broke a rule, and nothing where nothing was planted. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { replay } from '../../engine/replay/replay.js';
import { replayJson } from '../../engine/replay/result-json.js';
import type { RunProgress } from '../../engine/spans/stored-run.js';
import { type OpenStored, openStored } from '../support/stored.js';

const BLOCKS = new URL('../fixtures/blocks/flow-v5/', import.meta.url).pathname;
const { rollout } = JSON.parse(readFileSync(`${BLOCKS}truth.json`, 'utf8')) as {
  readonly rollout: Readonly<Record<'attribute' | 'value' | 'region' | 'rule', string>> & {
    readonly at: number;
  };
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
    // Long before the first violation, and at the rollout: what else there is of it.
    const seen = Date.parse(first!.firstSeen!) / 1000;
    expect(Math.abs(seen - rollout.at)).toBeLessThan(15 * 60);
  });

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
  });

  it('is the same where the spans are looked at in parts, for want of memory', async () => {
    const root = mkdtempSync(join(tmpdir(), 'betrace-parts-'));
    for (const name of ['flow-v5', 'shop-v5'])
      cpSync(new URL(`../fixtures/blocks/${name}/blocks`, import.meta.url).pathname, root, {
        recursive: true,
      });
    const both = await openStored(root);
    const charges = loadWorkspace(
      new Map([
        [
          'r.betrace',
          rules.slice(rules.indexOf('rule one-charge-per-key'), rules.indexOf('rule no-brute-force')),
        ],
      ]),
    ).rules;
    const foundWith = async (memory: number) => {
      const steps = new Set<number>();
      const onProgress = ({ stage, done }: RunProgress): void =>
        void (stage === 'evaluating' && steps.add(done));
      const traces = { ...both.stored, memory, onProgress };
      const [json] = replayJson(await replay({ ...traces, rules: charges, limit: 1, why: true })).rules;
      return { steps: steps.size, violated: json!.violated, differences: json!.differences };
    };
    const [whole, inParts] = [await foundWith(2 ** 30), await foundWith(60_000_000)];
    await both.close();
    rmSync(root, { recursive: true });
    // From the start to the end of one part, and of several.
    expect([whole.steps, inParts.steps > 2]).toEqual([2, true]);
    expect(inParts.differences!.findings[0]!.conditions[0]).toMatchObject({ field: rollout.attribute });
    expect({ ...inParts, steps: 0 }).toEqual({ ...whole, steps: 0 });
  });

  it('makes no differences where nothing was planted', async () => {
    const json = await found(rules);
    const quiet = json.filter(
      ({ id }) => id === 'order-ships' || id === 'token-budget' || id === 'processed-once',
    );
    expect(quiet.map(({ differences }) => differences?.findings)).toEqual([[], [], []]);
  });
});
