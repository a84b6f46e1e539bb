/** From spans that a service receives to records that verify; the next day is a clock that the test moves. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newKey, signingKey } from '../../../engine/evidence/keys.js';
import { localDisk } from '../../../engine/live/log/disk-local.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { readChain } from '../../../server/evidence/chain-files.js';
import { EvidenceService } from '../../../server/evidence/evidence-service.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { configOf, startKept, temporaryDirectory } from '../service/support.js';

const DAY_MS = 86_400_000;

/** What a service that has ended left in a folder, a day later: every day of it is over. */
async function openedTomorrow(state: string, pem: string): Promise<EvidenceService> {
  return await EvidenceService.open({
    directory: state,
    tallyLog: {
      disk: await localDisk(join(state, 'tally')),
      name: 'tally',
      segmentBytes: 2 ** 20,
      maxBytes: 2 ** 30,
      maxWaitingBytes: 2 ** 30,
    },
    key: signingKey(pem),
    closeAfterMs: 0,
    keepMs: 0,
    tenants: [],
    now: () => Date.now() + DAY_MS,
    log: { info: () => undefined, error: () => undefined },
  });
}

it('counts what live judging found, each trace once across a restart', async () => {
  const directory = temporaryDirectory();
  const state = join(directory, 'state');
  const rules = join(directory, 'live.betrace');
  const keyFile = join(directory, 'k.pem');
  const pem = newKey();
  writeFileSync(keyFile, pem);
  writeFileSync(rules, 'rule checked { when { name = "charge" } always { name = "check" } }');
  const settings = {
    rules: [rules],
    'otlp.http_port': 0,
    'live.directory': state,
    'live.complete_after': '200ms',
    'live.quiet_after': '400ms',
    'evidence.enabled': true,
    'evidence.key_file': keyFile,
  };
  const service = await startKept({ settings });
  for (const number of [1, 2, 3]) {
    const names = number === 1 ? ['charge'] : ['charge', 'check'];
    const spans = names.map((name, k) => span(k + 1, k === 0 ? undefined : 1, { name }));
    const response = await fetch(`http://127.0.0.1:${service.live!.httpPort}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(protobufOf([{ traceId: traceId(number), spans }])),
    });
    expect(response.status).toBe(200);
  }
  const rule = { rule: 'checked', severity: 'medium' };
  await expect.poll(async () => await service.metric('betrace_rule_passed_total', rule)).toBe(2);
  expect(await service.metric('betrace_evidence_failures_total')).toBe(0);
  await service.stop();
  const again = await startKept({ settings });
  // The traces are within their grace: they are judged again, and not counted again.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await again.stop();
  expect([...service.log, ...again.log].join('')).not.toContain(pem.split('\n')[1]);

  const tomorrow = await openedTomorrow(state, pem);
  await tomorrow.stop();
  const [logged] = service.log.flatMap(
    (line) => (JSON.parse(line) as { violation?: string }).violation ?? [],
  );
  const [first] = await readChain(state, 'single-tenant');
  // These spans are of 2023.
  expect(first?.record).toMatchObject({
    rule: { id: 'checked' },
    passed: 2,
    violated: 1,
    finding: 'violated',
    violations: [logged],
  });
  expect(first?.record).toMatchObject({ completeness: { complete: false, misdatedCases: 3 } });
});

it.each<[string, Record<string, unknown>, string]>([
  ['no key', {}, 'BT5030: evidence is enabled, and there is no key to sign it'],
  [
    'no such file',
    { 'evidence.key_file': '/nowhere' },
    'BT5030: the file "/nowhere" cannot be read (ENOENT)',
  ],
  ['a variable that is no key', { 'evidence.key_env': 'K' }, 'BT5030: the variable K holds no private key'],
  [
    'nothing received',
    { 'otlp.http_port': undefined, 'evidence.key_env': 'GOOD' },
    'name otlp.grpc_port, otlp.http_port or live.source kafka',
  ],
])('refuses evidence with %s', async (_, more, message) => {
  const settings = Object.fromEntries(
    Object.entries({ 'evidence.enabled': true, 'otlp.http_port': 0, ...more }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const loading = configOf({ settings, env: { K: 'hunter2-hunter2', GOOD: newKey() } });
  await expect(loading).rejects.toThrow(message);
  await expect(loading).rejects.not.toThrow(/hunter2/);
});

it('counts cases of rules across traces, and what is not decided when the day is closed', async () => {
  const directory = temporaryDirectory();
  const state = join(directory, 'state');
  const rules = join(directory, 'live.betrace');
  const keyFile = join(directory, 'k.pem');
  const pem = newKey();
  writeFileSync(keyFile, pem);
  writeFileSync(
    rules,
    'rule ships { across span.order within 2s when { name = "order" } as o always { name = "ship" && span.to != nil && span.to != o.span.from } after o within 1s }',
  );
  const settings = {
    rules: [rules],
    'otlp.http_port': 0,
    'live.directory': state,
    'live.complete_after': '200ms',
    'live.quiet_after': '400ms',
    'live.lateness': '1ms',
    'evidence.enabled': true,
    'evidence.key_file': keyFile,
  };
  const send = async (
    to: { readonly httpPort?: number | undefined },
    n: number,
    name: string,
    order: string,
    timeMs: number,
  ) => {
    const timeless = span(1, undefined, { name, attributes: { order, from: 'a', to: 'b' } });
    const response = await fetch(`http://127.0.0.1:${to.httpPort}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(
        protobufOf([{ traceId: traceId(n), spans: [{ ...timeless, start: BigInt(timeMs) * 1_000_000n }] }]),
      ),
    });
    expect(response.status).toBe(200);
  };
  const service = await startKept({ settings });
  const begun = Date.now();
  await send(service.live!, 1, 'order', 'kept', begun + 1);
  await send(service.live!, 2, 'ship', 'kept', begun + 20);
  await send(service.live!, 3, 'order', 'lost', begun + 30);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  await send(service.live!, 4, 'order', 'open', Date.now());
  await expect.poll(async () => await service.metric('betrace_flow_spans')).toBe(4);
  const rule = { rule: 'ships', severity: 'medium' };
  await expect.poll(async () => await service.metric('betrace_rule_passed_total', rule)).toBe(1);
  await expect
    .poll(async () => await service.metric('betrace_rule_undecided_cases', { rule: 'ships' }))
    .toBe(1);
  await service.stop();
  const tally = await openedTomorrow(state, pem);
  const revision = tally.tally.metaOf(
    Object.keys(tally.tally.metas).find((key) => key.startsWith('ships '))!,
  )!;
  // Not before it is known.
  tally.start(() => undefined);
  await tally.tick();
  expect(await readChain(state, 'single-tenant').catch(() => [])).toEqual([]);
  tally.start(() => new Map([[revision, 1]]));
  await tally.stop();
  const [first] = await readChain(state, 'single-tenant');
  expect(first?.record).toMatchObject({
    rule: { id: 'ships' },
    ...{ applicable: 2, passed: 1, violated: 1, undecided: 1, finding: 'violated' },
    looked: { traces: 4, spans: 4 },
  });
});
