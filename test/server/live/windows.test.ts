/** A rule over many traces in a service: judged over the stored blocks, reported like any other violation, and once. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { replay } from '../../../engine/replay/replay.js';
import { timeText } from '../../../engine/replay/time-json.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { openStored } from '../../support/stored.js';
import { type Running, SHOP, start, startKept, temporaryDirectory } from '../service/support.js';
import { startReceiver } from './receiver.js';

const RULE = `rule errors-bounded {
  severity = high
  over 1h
  always ({ status = error } | rate() by (resource.service.name)) / ({ } | rate() by (resource.service.name)) < 0.05
}`;
/** Between five and six in the blocks, 6 % of the spans of one service fail. */
const SIX = Date.UTC(2026, 10, 20, 6);
/** The end of an hour in which something fails that did not before. */
const NINE = Date.UTC(2026, 10, 20, 21);
it('tells a violated window, counts it, and does not tell it again after a restart', async () => {
  const receiver = await startReceiver();
  const directory = temporaryDirectory();
  const rules = join(directory, 'windows.betrace');
  writeFileSync(rules, RULE);
  const settings = (): Readonly<Record<string, unknown>> => ({
    rules: [rules],
    'otlp.http_port': 0,
    'export.endpoint': receiver.url,
    'live.directory': join(directory, 'state'),
    // It is a minute past six, for the windows.
    'live.over_delay': `${Date.now() - SIX - 60_000}ms`,
  });
  const service = await startKept({ settings: settings() });
  await expect.poll(() => receiver.spans.size).toBe(1);
  const [violation] = [...receiver.spans.values()];
  expect(violation).toMatchObject({
    name: 'betrace.violation',
    traceId: violation!.attributes['betrace.violation.id'],
  });
  expect(violation!.attributes).toMatchObject({
    'betrace.rule.id': 'errors-bounded',
    'betrace.rule.severity': 'high',
    'betrace.violation.service': 'payment',
    'betrace.violation.series': ['resource.service.name=payment'],
  });
  expect(violation!.start).toBe(String(BigInt(SIX - 3_600_000) * 1_000_000n));
  const labels = { rule: 'errors-bounded', severity: 'high', tenant: 'single-tenant' };
  const applicable = await service.metric('betrace_rule_applicable_total', labels);
  expect(applicable).toBeGreaterThan(5);
  expect(await service.metric('betrace_violations_total', labels)).toBe(1);
  expect(await liveOf(service)).toMatchObject({ applicable, violated: 1, cannotTell: 0, stopped: null });
  expect(await (await service.get('/plain')).text()).not.toContain('not judged live');
  const line = service.log.find((logged) => logged.includes('"violation"'))!;
  expect(JSON.parse(line)).toMatchObject({
    rule: 'errors-bounded',
    to: timeText(BigInt(SIX) * 1_000_000n),
    series: ['resource.service.name=payment'],
  });
  await service.stop();
  expect(readFileSync(join(directory, 'state', 'windows', 'judged.json'), 'utf8')).toContain(
    'errors-bounded',
  );

  const again = await start({ settings: settings() });
  expect(await liveOf(again)).toMatchObject({ applicable: 0, violated: 0 });
  writeFileSync(rules, RULE.replace('0.05', '0.06'));
  // The changed rule is another one, which was never judged.
  await expect.poll(() => receiver.spans.size).toBe(2);
  expect(again.log.filter((logged) => logged.includes('"violation"'))).toHaveLength(1);
});

it('takes storage that is not there yet for no silence', async () => {
  const receiver = await startReceiver();
  const directory = temporaryDirectory();
  const rules = join(directory, 'windows.betrace');
  writeFileSync(rules, RULE);
  const blocks = join(directory, 'volume');
  const service = await start({
    settings: {
      rules: [rules],
      'storage.blocks': blocks,
      'otlp.http_port': 0,
      'export.endpoint': receiver.url,
      'live.directory': join(directory, 'state'),
      'live.over_delay': `${Date.now() - SIX - 60_000}ms`,
    },
  });
  const before = await liveOf(service);
  cpSync(SHOP, blocks, { recursive: true });
  await expect.poll(() => receiver.spans.size).toBe(1);
  expect(before).toMatchObject({ applicable: 0, violated: 0 });
});

it('knows what was before a window, as a replay does', async () => {
  const receiver = await startReceiver();
  const directory = temporaryDirectory();
  const rules = join(directory, 'windows.betrace');
  const text = `rule new-errors {
    over 1h
    when { status = error } | count_over_time() by (name) > 0
    never prior(3h, { status = error } | count_over_time() by (name)) = 0
  }`;
  writeFileSync(rules, text);
  const open = await openStored(SHOP);
  const { rules: resolved } = loadWorkspace(new Map([['windows.betrace', text]]));
  const results = await replay({ ...open.stored, rules: resolved, limit: 1000 });
  await open.close();
  const [replayed] = ofKind(results.rules, 'window');
  const ofWindow = replayed!.violations.filter(({ toNs }) => toNs === BigInt(NINE) * 1_000_000n);
  // Two names fail between eight and nine in the evening that did not in the three hours before; others did.
  expect(ofWindow).toHaveLength(2);
  await startKept({
    settings: {
      rules: [rules],
      'otlp.http_port': 0,
      'export.endpoint': receiver.url,
      'live.directory': join(directory, 'state'),
      'live.over_delay': `${Date.now() - NINE - 60_000}ms`,
    },
  });
  await expect.poll(() => receiver.spans.size).toBe(ofWindow.length);
  const ids = [...receiver.spans.values()].map(({ attributes }) => attributes['betrace.violation.id']);
  expect(ids.sort()).toEqual(ofWindow.map(({ id }) => id).sort());
});

async function liveOf(service: Running): Promise<unknown> {
  const response = await service.get('/betrace/v1/rules/errors-bounded');
  return ((await response.json()) as { readonly live: unknown }).live;
}
