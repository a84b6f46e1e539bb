import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { notJudgedLive, tellNotJudged } from '../../../server/live/not-judged-live.js';
import type { Logger } from '../../../server/shared/log.js';

const ACROSS = 'across span.k within 1m  when { name = "x" } as x  always { name = "y" } after x';
const rulesOf = (text: string): readonly ResolvedRule[] =>
  loadWorkspace(new Map([['a.betrace', text]])).rules;

it('names rules across traces, and no others', () => {
  const rules = rulesOf(
    `rule flow { ${ACROSS} } rule off { enabled = false ${ACROSS} } rule trace { never { status = error } } rule window { over 5m always { } | rate() > 0 }`,
  );
  const named = rules.filter((rule) => notJudgedLive(rule) !== undefined).map(({ item }) => item.id.text);
  expect(named).toEqual(['flow']);
});

it('logs each once while it is there, and keeps a metric of them', async () => {
  const warned: unknown[] = [];
  const log = { warn: (facts: object) => void warned.push(facts) } as unknown as Logger;
  const registry = new Registry();
  let change: (state: { readonly rules: readonly ResolvedRule[] }) => void = () => undefined;
  const state = { rules: rulesOf(`rule flow { ${ACROSS} }`) };
  const onChange = (listener: typeof change) => {
    change = listener;
    return () => undefined;
  };
  tellNotJudged({ state, onChange }, registry, log);
  change(state);
  expect(warned).toEqual([{ rule: 'flow', reason: notJudgedLive(state.rules[0]!) }]);
  expect(await registry.metrics()).toContain('betrace_rule_not_judged_live{rule="flow"} 1');
  change({ rules: [] });
  expect(await registry.metrics()).not.toContain('rule="flow"');
});
