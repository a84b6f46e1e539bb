/** Violations as time series: as many as a replay counts, by what is known of each. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../engine/language/link/load-query.js';
import type { ResolvedRule, Workspace } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { countedBy } from '../../engine/language/tree/ast-query.js';
import type { NamedValue } from '../../engine/otlp/named-value.js';
import type { MetricsResult } from '../../engine/query/metrics-result.js';
import { searchViolations } from '../../engine/query/violations.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { violatedWindows } from '../../engine/replay/violation-series/violated-windows.js';
import { violationSeries } from '../../engine/replay/violation-series/violation-series.js';
import { ofKind } from '../../engine/shared/of-kind.js';
import { type OpenStored, openStored } from '../support/stored.js';

const SHOP = fileURLToPath(new URL('../fixtures/blocks/shop-v5', import.meta.url));
const RULES = ['payments', 'catalog', 'orders', 'names', 'privacy'].map((name) =>
  fileURLToPath(new URL(`../../queries/shop/${name}.betrace`, import.meta.url)),
);
const HOUR = 3_600_000_000_000n;
const DAY = {
  fromNs: BigInt(Date.UTC(2026, 10, 20)) * 1_000_000n,
  toNs: BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n,
};
const OVER = `rule busy { over 1h every 30m
  never { } | count_over_time() by (resource.service.name) > 300
  always { name = "payment.charge_card" } | count_over_time() by (resource.service.name) >= 0 }`;

const CALM = 'rule calm { never { name = "nothing" } }';

let open: OpenStored;
let workspace: Workspace;
let replayed: ReplayResult;

beforeAll(async () => {
  open = await openStored(SHOP);
  const texts = RULES.map((path) => [path, readFileSync(path, 'utf8')] as const);
  workspace = loadWorkspace(new Map([...texts, ['/over.betrace', `${OVER}\n${CALM}`]]));
  const { rules } = workspace;
  replayed = await replay({ ...open.stored, window: DAY, rules, limit: 100_000 });
});
afterAll(() => open.close());

async function ask(text: string, stepNs?: bigint): Promise<MetricsResult> {
  const { query, diagnostics } = loadQuery(text);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const options = { ...open.stored, ...DAY, ...(stepNs === undefined ? {} : { stepNs }) };
  if (query?.kind === 'over rule')
    return await violationSeries({ ...options, rule: query.rule, metrics: violatedWindows(query.rule) });
  const metrics = query?.kind === 'violations' ? countedBy(query) : undefined;
  if (query?.kind !== 'violations' || metrics === undefined) return expect.fail('no series');
  return await violationSeries({ ...options, rule: ruleNamed(query.rule.text), metrics });
}

function ruleNamed(id: string): ResolvedRule {
  return workspace.rules.find(({ item }) => item.id.text === id)!;
}

/** How many violations a search finds of each kind that it is asked for. */
async function searched(text: string, by: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { query } = loadQuery(text);
  if (query?.kind !== 'violations' || query.by === undefined) return expect.fail('nothing is grouped');
  const [rule] = ofKind([ruleNamed(query.rule.text)], 'trace');
  const window = { ...DAY, holds: 'overlaps' } as const;
  const found = await searchViolations({
    ...open.stored,
    window,
    rule: rule!,
    by: query.by,
    limit: 10_000,
    spansPerSpanset: 0,
  });
  const counts = new Map<string, number>();
  for (const { attributes } of found.traces.flatMap(({ spansets }) => spansets)) {
    const key = JSON.stringify(by.map((name) => labelText(attributes, `by(${name})`)));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const labelText = (values: readonly NamedValue[], name: string): string =>
  String(values.find((value) => value.name === name)?.value ?? null);

const total = ({ series }: MetricsResult): number =>
  series.flatMap(({ samples }) => samples).reduce((sum, { value }) => sum + value, 0);

describe('violations by kind', () => {
  it.each([
    ['double-charge', ['resource.service.version', 'service', 'clause']],
    ['n-plus-one', ['name', 'duration', 'span:status', 'severity', 'rule']],
    ['email-after-order', ['service', 'span.tenant.id', 'kind']],
  ])('are as many in a search as are counted: %s', async (rule, by) => {
    const text = `violations of ${rule} | by(${by.join(', ')})`;
    const { series } = await ask(text);
    const counted = new Map(
      series.map(({ labels, samples }) => [
        JSON.stringify(by.map((name) => labelText(labels, name))),
        samples[0]!.value,
      ]),
    );
    expect(counted.size).toBeGreaterThan(0);
    expect(await searched(text, by)).toEqual(counted);
  });

  it('are not found by what is not of their span', async () => {
    await expect(searched('violations of double-charge | by(trace:duration)', [])).rejects.toMatchObject({
      code: 'BT3010',
    });
  });
});

describe('violations as series', () => {
  it('are all that a replay counts, in every interval', async () => {
    const violated = ofKind(replayed.rules, 'trace').filter((rule) => rule.violated > 0);
    expect(violated.length).toBeGreaterThan(3);
    for (const { rule, violated: count, violations } of violated) {
      const found = await ask(`violations of ${rule.id} | count_over_time()`, HOUR);
      expect([rule.id, total(found)]).toEqual([rule.id, count]);
      const hours = new Map<number, number>();
      for (const { time } of violations) {
        const edge = Number(((time - 1n) / HOUR + 1n) * (HOUR / 1_000_000n));
        hours.set(edge, (hours.get(edge) ?? 0) + 1);
      }
      for (const { timeMs, value } of found.series[0]!.samples) expect(value).toBe(hours.get(timeMs) ?? 0);
      // As many by what is known of each, and as rates.
      const by = await ask(
        `violations of ${rule.id} | count_over_time() by (rule, clause, severity, service, resource.service.version, name)`,
      );
      expect(total(by)).toBe(count);
      expect(by.series[0]!.labels.slice(0, 3)).toMatchObject([
        { name: 'rule', value: rule.id },
        { name: 'clause' },
        { name: 'severity', value: rule.settings.severity },
      ]);
      const rate = await ask(`violations of ${rule.id} | rate() by (clause)`);
      expect(total(rate) * 86_400).toBeCloseTo(count, 6);
    }
  });

  it('are of the span that is bound, or that was found', async () => {
    const { violations } = ofKind(replayed.rules, 'trace').find(({ rule }) => rule.id === 'double-charge')!;
    const services = new Map<string, number>();
    for (const { evidence } of violations) {
      const service = evidence[0]!.service!;
      services.set(service, (services.get(service) ?? 0) + 1);
    }
    const found = await ask('violations of double-charge | count_over_time() by (service)');
    expect(found.series.map(({ labels, samples }) => [labels[0]?.value, samples[0]?.value])).toEqual([
      ...services,
    ]);
  });

  it('are none where there were none, and can be cut to the most', async () => {
    const none = await ask('violations of calm | count_over_time()');
    expect(none.series.map(({ samples }) => samples.map(({ value }) => value))).toEqual([[0]]);
    const most = await ask('violations of n-plus-one | count_over_time() by (span:id) | topk(2)');
    expect(most.series).toHaveLength(2);
    await expect(ask('violations of n-plus-one | rate() by (trace:id)')).rejects.toMatchObject({
      code: 'BT3010',
    });
  });

  it('are the violated windows of a rule over many traces, asked for by id or as a query', async () => {
    const [busy] = ofKind(replayed.rules, 'window');
    const bySeries = new Map<unknown, number>();
    for (const { labels } of busy!.violations)
      bySeries.set(labels[0]?.value, (bySeries.get(labels[0]?.value) ?? 0) + 1);
    expect(bySeries.size).toBeGreaterThan(1);
    const named = await ask('violations of busy | count_over_time() by (resource.service.name)', 24n * HOUR);
    const text = OVER.slice(OVER.indexOf('{') + 1, OVER.lastIndexOf('}'));
    const asked = await ask(text);
    for (const { series } of [named, asked])
      for (const { labels, samples } of series)
        expect(samples.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(
          bySeries.get(labels[0]?.value) ?? Number.POSITIVE_INFINITY,
        );
    expect(asked.series[0]!.labels.map(({ name }) => name)).toEqual(['resource.service.name', 'clause']);
  });
});
