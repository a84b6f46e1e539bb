import { describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { planWindowRules } from '../../engine/plan/lower/lower-windows.js';
import type { WindowPlan } from '../../engine/plan/window-plan.js';

function planOf(text: string): WindowPlan {
  const workspace = loadWorkspace(new Map([['a.betrace', text]]));
  expect([...workspace.files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  return planWindowRules(workspace.rules);
}

const rule = (body: string): string => `rule r { over 5m ${body} }`;
const revision = (text: string): string => planOf(text).rules[0]!.revision;

describe('the plan of rules over many traces', () => {
  it('has the window, the clauses and what they compare', () => {
    const plan = planOf(
      rule(
        'when { } | rate() by (name) > 1 always { status = error } | rate() by (name) < 0.5 never { } | max_over_time(duration) by (name) > 2s always { } | rate() by (name) > 0',
      ),
    );
    const [only] = plan.rules;
    expect(only).toMatchObject({ window: '300000000000', every: '300000000000' });
    expect(planOf(rule('always { } | rate() < 1').replace('5m', '5m every 1m')).rules[0]).toMatchObject({
      window: '300000000000',
      every: '60000000000',
    });
    expect(only?.when).toMatchObject({ operator: '>', value: 1, labels: ['name'] });
    expect(only?.clauses.map(({ keyword, index, text, test }) => [keyword, index, text, test.value])).toEqual(
      [
        ['always', 1, 'always { status = error } | rate() by (name) < 0.5', 0.5],
        ['never', 1, 'never { } | max_over_time(duration) by (name) > 2s', 2],
        ['always', 2, 'always { } | rate() by (name) > 0', 0],
      ],
    );
  });

  it('has each selection once, over all rules, with lets filled in', () => {
    const { selections, rules } = planOf(`
      let failed = { status = error }
      rule one { over 5m always failed | rate() < 1 }
      rule two { over 1h never ({ status = error } | rate()) / ({ } | rate()) > 0.5 }`);
    expect(selections.map(({ text }) => text)).toEqual(['{ status = error } | rate()', '{ } | rate()']);
    expect(rules.map(({ id }) => id)).toEqual(['one', 'two']);
  });

  it('leaves out disabled rules', () => {
    expect(planOf(rule('enabled = false always { } | rate() < 1')).rules).toEqual([]);
  });

  it('knows the labels of a calculation', () => {
    const labels = (series: string) => planOf(rule(`never ${series} > 1`)).rules[0]?.clauses[0]?.test.labels;
    expect(labels('({ } | rate() by (name)) / ({ } | rate())')).toEqual(['name']);
    expect(labels('({ } | rate()) / ({ } | rate() by (.a, name))')).toEqual(['.a', 'name']);
    expect(labels('2 * ({ } | rate())')).toEqual([]);
  });

  it('needs what its selections read', () => {
    const { needs } = planOf(
      rule('always { .a >> .b } | rate() < 1').replace('{ .a >> .b }', '({ .a } >> { .b })'),
    );
    expect(needs.spans).toContain('nested_left');
    expect(needs.spanAttributes).toContainEqual({ scope: 'span', key: 'a' });
  });
});

describe('the revision of a rule over many traces', () => {
  const base = rule('always { status = error } | rate() by (name) < 0.5');

  it.each([
    ['summaries', rule('summary = "x" always { status = error } | rate() by (name) < 0.5')],
    ['spelling and parentheses', rule('always ({ (span:status = error) } | rate() by (span:name)) < (0.50)')],
    ['other rules', `rule first { over 1m always { .z } | rate() < 1 }\n${base}`],
    ['lets', `let failed = { status = error }\n${rule('always failed | rate() by (name) < 0.5')}`],
  ])('is not changed by %s', (_, text) => {
    const plans = planOf(text).rules;
    expect(plans.find(({ id }) => id === 'r')?.revision).toBe(revision(base));
  });

  it.each([
    rule('always { status = error } | rate() by (name) < 0.6'),
    rule('always { status = error } | rate() by (name) <= 0.5'),
    rule('never { status = error } | rate() by (name) < 0.5'),
    rule('always { status = ok } | rate() by (name) < 0.5'),
    rule('always { status = error } | count_over_time() by (name) < 0.5'),
    rule('always { status = error } | rate() by (kind) < 0.5'),
    rule('always { status = error } | rate() by (name) | topk(2) < 0.5'),
    rule('when { } | rate() > 1 always { status = error } | rate() by (name) < 0.5'),
    base.replace('5m', '6m'),
    base.replace('5m', '5m every 1m'),
  ])('is changed by meaning: %s', (text) => expect(revision(text)).not.toBe(revision(base)));
});
