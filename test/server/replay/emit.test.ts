import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { violationSpanId } from '../../../engine/live/violation/ids.js';
import { betrace, FIXTURES, type RunResult } from '../cli/support.js';
import { startReceiver } from '../live/receiver.js';
import { temporaryDirectory } from '../service/support.js';

interface Json {
  readonly rules: readonly { readonly violations: readonly { readonly id: string }[] }[];
}

interface OverJson {
  readonly overRules: readonly {
    readonly violated: number;
    readonly violations: readonly {
      readonly id: string;
      readonly labels: readonly { readonly value: string }[];
      readonly value: number;
      readonly traces: readonly string[];
    }[];
  }[];
}

async function replay(directory: string, ...args: readonly string[]): Promise<RunResult> {
  const env = { BETRACE_STATE: join(directory, 'state'), BETRACE_CACHE: join(directory, 'cache') };
  const shop = ['queries/shop', '--blocks', join(FIXTURES, 'shop-v5'), '--format', 'json'];
  return await betrace(['replay', ...shop, ...args], { env });
}

describe('a replay that emits', () => {
  it('sends each violation once, however often it is run', async () => {
    const directory = temporaryDirectory();
    const receiver = await startReceiver();
    const first = await replay(directory, '--emit', receiver.url);
    expect(first.code).toBe(1);
    const found = (JSON.parse(first.out) as Json).rules.flatMap(({ violations }) =>
      violations.map(({ id }) => id),
    );
    expect(found.length).toBeGreaterThan(10);
    expect([...receiver.spans.keys()].sort()).toEqual(found.map((id) => violationSpanId(id, 0)).sort());
    expect(first.err).toContain(`${found.length} violations sent to`);
    await replay(directory, '--emit', receiver.url);
    expect(receiver.spans.size).toBe(found.length);
  });

  it('carries what tells where each comes from, and since when there are more of them', async () => {
    const directory = temporaryDirectory();
    const receiver = await startReceiver();
    const env = { BETRACE_STATE: join(directory, 'state'), BETRACE_CACHE: join(directory, 'cache') };
    const flows = ['test/replay/flows/flow-v5.betrace', '--blocks', join(FIXTURES, 'flow-v5')];
    const some = [
      '--rule',
      'one-charge-per-key',
      '--rule',
      'order-ships',
      '--format',
      'json',
      '--limit',
      '1',
    ];
    await betrace(['replay', ...flows, ...some, '--emit', receiver.url], { env });
    const sentOf = (rule: string) =>
      [...receiver.spans.values()]
        .map(({ attributes }) => attributes)
        .filter((attributes) => attributes['betrace.rule.id'] === rule);
    const charged = sentOf('one-charge-per-key');
    const broken = charged.filter(
      (attributes) => attributes['service.version'] === '2.4.0' && attributes['cloud.region'] === 'eu-west',
    );
    expect([charged.length, broken.length]).toEqual([15, 13]);
    for (const attributes of charged)
      expect(attributes).toMatchObject({
        'service.name': 'payment',
        'idempotency.key': expect.any(String),
        'betrace.rule.since': '2026-11-21T16:45:00.000Z',
        'betrace.rule.rate_before': 0,
      });
    for (const attributes of sentOf('order-ships'))
      expect(attributes['order.id']).toEqual(expect.any(String));
    expect(sentOf('order-ships').length).toBeGreaterThan(0);
  });

  it('sends the windows that violate rules over many traces', async () => {
    const directory = temporaryDirectory();
    const receiver = await startReceiver();
    const rules = join(directory, 'errors.betrace');
    writeFileSync(
      rules,
      `rule errors { severity = high over 1h
        always ({ status = error } | rate() by (resource.service.name)) / ({ } | rate() by (resource.service.name)) < 0.01 }`,
    );
    const env = { BETRACE_STATE: join(directory, 'state'), BETRACE_CACHE: join(directory, 'cache') };
    const shop = ['--blocks', join(FIXTURES, 'shop-v5'), '--format', 'json', '--limit', '1'];
    const { out, err } = await betrace(['replay', rules, ...shop, '--emit', receiver.url], { env });
    const [found] = (JSON.parse(out) as OverJson).overRules;
    expect(found!.violated).toBeGreaterThan(1);
    expect(found!.violations).toHaveLength(1);
    expect(receiver.spans.size).toBe(found!.violated);
    expect(err).toContain(`${found!.violated} violations sent to`);
    const [first] = found!.violations;
    expect(receiver.spans.get(violationSpanId(first!.id, 0))).toMatchObject({
      traceId: first!.id,
      attributes: {
        'betrace.violation': true,
        'betrace.rule.id': 'errors',
        'betrace.rule.severity': 'high',
        'betrace.violation.clause': 'always#1',
        'betrace.violation.service': first!.labels[0]!.value,
        'service.name': first!.labels[0]!.value,
        'betrace.violation.series': [`resource.service.name=${first!.labels[0]!.value}`],
        'betrace.violation.values': expect.stringContaining(`:${first!.value}`),
      },
      links: first!.traces.map((traceId) => expect.objectContaining({ traceId })),
    });
  });

  it('keeps what nobody takes, says so, and sends it the next time', async () => {
    const directory = temporaryDirectory();
    const nobody = await replay(directory, '--rule', 'double-charge', '--emit', 'http://127.0.0.1:9');
    expect(nobody.code).toBe(3);
    expect(nobody.err).toMatch(/[1-9]\d* kept for the next time: violations could not be sent/);
    const receiver = await startReceiver();
    const later = await replay(directory, '--rule', 'email-after-order', '--emit', receiver.url);
    expect(later.code).toBeLessThan(2);
    expect(receiver.violated('double-charge').length).toBeGreaterThan(0);
  });

  it('wants a URL', async () => {
    const { code, err } = await replay(temporaryDirectory(), '--emit', 'tempo:4317');
    expect(code).toBe(2);
    expect(err).toContain('is no URL such as');
  });
});
