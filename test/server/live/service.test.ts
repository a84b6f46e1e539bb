/** The whole way in one process: spans in by OTLP, violations out by OTLP, counted, with rules that change. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { span, spanId, traceId } from '../../support/arbitrary/spans.js';
import { type Running, start, temporaryDirectory } from '../service/support.js';
import { startReceiver } from './receiver.js';

const CHECKED = 'rule checked { when { name = "charge" } always { name = "check" } }';

function charge(number: number, ...names: readonly string[]): Trace {
  return {
    traceId: traceId(number),
    spans: [span(1, undefined, { name: 'charge' }), ...names.map((name, n) => span(n + 2, 1, { name }))],
  };
}

async function running(
  rules: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Running & { readonly rulesFile: string }> {
  const directory = temporaryDirectory();
  const rulesFile = join(directory, 'live.betrace');
  writeFileSync(rulesFile, rules);
  const service = await start({
    settings: {
      rules: [rulesFile],
      'otlp.http_port': 0,
      'live.directory': join(directory, 'state'),
      'live.complete_after': '300ms',
      'live.quiet_after': '1s',
      ...settings,
    },
  });
  return { ...service, rulesFile };
}

async function send(service: Running, ...traces: readonly Trace[]): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${service.live!.httpPort}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(protobufOf(traces)),
  });
  expect(response.status).toBe(200);
}

describe('a service that receives spans', () => {
  it('sends a violation for the trace that breaks a rule, and none for the one that keeps it', async () => {
    const receiver = await startReceiver();
    const service = await running(CHECKED, { 'export.endpoint': receiver.url });
    await send(service, charge(1), charge(2, 'check'));
    await expect.poll(() => receiver.spans.size).toBe(1);
    expect(receiver.violated()).toEqual([traceId(1)]);
    const rule = { rule: 'checked', severity: 'medium' };
    expect(await service.metric('betrace_violations_total', rule)).toBe(1);
    expect(await service.metric('betrace_rule_passed_total', rule)).toBe(1);
    expect(await service.metric('betrace_rule_applicable_total', rule)).toBe(2);
    expect(await service.metric('betrace_traces_closed_total', { basis: 'complete' })).toBe(2);
    expect(await service.metric('betrace_ingest_spans_total')).toBe(3);
    const { live } = (await (await service.get('/betrace/v1/rules/checked')).json()) as { live: unknown };
    expect(live).toEqual({
      applicable: 2,
      passed: 1,
      violated: 1,
      cannotTell: 0,
      cannotTellWhy: [],
      retracted: 0,
      vacuousToday: 0,
      vacuousClauses: [],
      unmatchedToday: [],
      tooLarge: 0,
      whileStopped: 0,
      undecided: 0,
      unseen: 0,
      elsewhere: false,
      stopped: null,
      early: null,
    });
    const page = await (await service.get('/plain')).text();
    expect(page).toContain('Live: violated');
    expect(page).not.toMatch(/stopped|elsewhere/);
    await expect.poll(() => service.metric('betrace_outbox_depth')).toBe(0);
    expect(service.log.filter((line) => line.includes('"violation"'))).toHaveLength(1);
  });

  it('retracts a violation when what was missing comes late', async () => {
    const receiver = await startReceiver();
    const service = await running(CHECKED, { 'export.endpoint': receiver.url });
    await send(service, charge(1));
    await expect.poll(() => receiver.spans.size).toBe(1);
    await send(service, { ...charge(1, 'check'), spans: charge(1, 'check').spans.slice(1) });
    await expect.poll(() => receiver.spans.size).toBe(2);
    const [violation, retraction] = [...receiver.spans.values()];
    expect(retraction!.attributes['betrace.retracts']).toBe(violation!.attributes['betrace.violation.id']);
    expect([retraction!.traceId, retraction!.parentSpanId]).toEqual([violation!.traceId, violation!.spanId]);
    const id = violation!.attributes['betrace.violation.id'];
    expect(retraction!.attributes['betrace.violation.id']).toBe(id);
    expect(await service.metric('betrace_retractions_total')).toBe(1);
    const lines = service.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ msg }) => msg === 'violation retracted')).toMatchObject({
      violation: id,
      rule: 'checked',
      trace: traceId(1),
    });
  });

  it('does not judge its own violations', async () => {
    const receiver = await startReceiver();
    const service = await running('rule any { never { } }', { 'export.endpoint': receiver.url });
    await send(service, charge(1));
    await expect.poll(() => receiver.spans.size).toBe(1);
    const back = charge(7).spans.map((sent) => ({
      ...sent,
      attributes: new Map([['betrace.violation', true] as const]),
    }));
    await send(service, { traceId: traceId(7), spans: back }, charge(2));
    await expect.poll(() => receiver.spans.size).toBe(2);
    expect(receiver.violated()).toEqual([traceId(1), traceId(2)]);
    expect(await service.metric('betrace_ingest_refused_spans_total', { reason: 'own' })).toBe(1);
  });

  it('puts a violation into the offending trace where that is wanted', async () => {
    const receiver = await startReceiver();
    const service = await running(CHECKED, {
      'export.endpoint': receiver.url,
      'export.placement': 'offending-trace',
    });
    await send(service, charge(1));
    await expect.poll(() => receiver.spans.size).toBe(1);
    const [violation] = receiver.spans.values();
    expect([violation!.traceId, violation!.parentSpanId]).toEqual([traceId(1), spanId(1)]);
  });

  it('judges open traces by rules that change, and keeps the last good ones', async () => {
    const receiver = await startReceiver();
    const service = await running(CHECKED, {
      'export.endpoint': receiver.url,
      'live.complete_after': '6s',
      'live.quiet_after': '6s',
    });
    await send(service, charge(1));
    writeFileSync(service.rulesFile, `${CHECKED} rule named { never { name = "charge" } }`);
    await expect.poll(() => receiver.violated('named')).toEqual([traceId(1)]);
    expect(receiver.violated('checked')).toEqual([]);
    writeFileSync(service.rulesFile, 'rule checked {');
    await expect.poll(() => receiver.violated('checked')).toEqual([traceId(1)]);
  });

  it('counts rules from nothing on, so that the first violation is an increase', async () => {
    const service = await running(CHECKED);
    const lines = async (name: string): Promise<readonly string[]> =>
      (await (await service.get('/metrics')).text())
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`));
    expect(await lines('betrace_violations_total')).toEqual([
      'betrace_violations_total{rule="checked",severity="medium",tenant="single-tenant"} 0',
    ]);
    writeFileSync(service.rulesFile, `${CHECKED} rule named { never { name = "charge" } }`);
    await expect.poll(() => lines('betrace_rule_applicable_total')).toHaveLength(2);
    expect(await lines('betrace_rule_stopped')).toHaveLength(2);
  });

  it('says when files of rules have errors, with what stays in force', async () => {
    const service = await running(CHECKED);
    expect(await service.metric('betrace_ready')).toBe(1);
    expect(await service.metric('betrace_rule_files', { state: 'current' })).toBe(1);
    writeFileSync(service.rulesFile, 'rule checked {');
    await expect.poll(() => service.metric('betrace_rule_files', { state: 'stale' })).toBe(1);
    expect(await service.metric('betrace_rule_files', { state: 'current' })).toBe(0);
    expect(await service.metric('betrace_rules')).toBe(1);
    const { rules, files } = (await (await service.get('/betrace/v1/rules')).json()) as Readonly<
      Record<'rules' | 'files', unknown>
    >;
    expect(rules).toMatchObject([{ id: 'checked', stale: true, live: { stopped: null } }]);
    expect(files).toMatchObject([
      { path: service.rulesFile, state: 'stale', diagnostics: [{ severity: 'error' }] },
    ]);
  });

  it('is refused its folder while another process uses it', async () => {
    const service = await running(CHECKED);
    const state = join(service.rulesFile, '..', 'state');
    const settings = { 'live.directory': state, 'live.directory_wait': '0s' };
    await expect(running(CHECKED, settings)).rejects.toThrow('is in use by process');
  });
});
