/** Services that share a tenant: a window is reported by one of them, and by another once that one is gone. */
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { TraceRing } from '../../support/trace-ring.js';
import { betrace, FIXTURES } from '../cli/support.js';
import { type Running, startKept, temporaryDirectory } from '../service/support.js';
import { CHECKED, post, traceNow } from './process.js';
import { startReceiver, type ViolationReceiver } from './receiver.js';

const RULES = `rule quiet { over 4s  never { } | count_over_time() >= 0 } ${CHECKED}`;
/** Asked for every three hours: one of them is over soon after the start. */
const ACROSS = `
rule order-ships {
  across span.order.id within 12h
  when   { name = "order.created" } as o
  always { name = "order.shipped" } after o within 10m
}`;
/** In the blocks something happens all the time from then on. */
const BUSY = Date.UTC(2026, 10, 20, 12);
/** The day that the other blocks have, and a time at which rules are asked for. */
const DAY = Date.UTC(2026, 10, 21);
const STEP = DAY + 15 * 3_600_000;

interface Replayed {
  readonly rules: readonly [
    { readonly violations: readonly { readonly id: string; readonly time: string }[] },
  ];
}

interface Replicas {
  readonly rules: string;
  readonly blocks?: string;
  /** For stored blocks it is now that time, in milliseconds. */
  readonly at: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Of a minute there are some twenty spans, few of them in the first of the two blocks. */
const SPARSE = 'rule steady { over 1m every 4s  always { } | count_over_time() > 12 }';

/** Starts replicas, by their names, that share a receiver and an object in a folder. */
async function replicasOf({ rules: text, blocks, at, settings }: Replicas) {
  const receiver = await startReceiver();
  const directory = temporaryDirectory();
  const rules = join(directory, 'rules.betrace');
  writeFileSync(rules, text);
  const delay = `${Date.now() - at}ms`;
  const start = (name: string): Promise<Running> =>
    startKept({
      settings: {
        rules: [rules],
        ...(blocks === undefined ? {} : { 'storage.blocks': blocks }),
        'otlp.http_port': 0,
        'export.endpoint': receiver.url,
        'live.directory': join(directory, name),
        'live.owners': join(directory, 'owners'),
        'live.owner_lease': '3s',
        'live.complete_after': '1s',
        'live.over_delay': delay,
        ...settings,
      },
    });
  return { receiver, directory, start };
}

function linesOf(service: Running, message: string): readonly Readonly<Record<string, string>>[] {
  return service.log
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
    .filter(({ msg }) => msg === message);
}

/** Sends traces span by span, as a Collector does that routes by trace id; those that lack what the rule wants are found, and no others. */
async function findsByRouter(replicas: readonly Running[], receiver: ViolationReceiver): Promise<void> {
  const ring = new TraceRing(replicas.map((_, n) => `betrace-${n}:4317`));
  const traces = Array.from({ length: 20 }, (_, n) =>
    traceNow(n + 1, 'charge', 'other', n % 2 === 0 ? 'other' : 'check'),
  );
  for (const place of [2, 1, 0])
    for (const trace of traces) {
      const { httpPort } = replicas[ring.endpointOf(Buffer.from(trace.traceId, 'hex'))]!.live!;
      const body = protobufOf([{ ...trace, spans: trace.spans.slice(place, place + 1) }]);
      expect((await post(httpPort!, body)).status).toBe(200);
    }
  const violating = traces.filter((_, n) => n % 2 === 0).map(({ traceId }) => traceId);
  await expect.poll(() => receiver.violated('checked')).toEqual(violating.toSorted());
  for (const replica of replicas)
    expect(await replica.metric('betrace_rule_passed_total', { rule: 'checked' })).toBeGreaterThan(0);
}

it('judge traces that a router by trace id divides among them, take over windows from one another, and tell each once', async () => {
  const { receiver, directory, start: replica } = await replicasOf({ rules: RULES, at: BUSY });
  const reportedBy = (service: Running): readonly string[] =>
    linesOf(service, 'violation').flatMap(({ rule, to }) => (rule === 'quiet' ? [to!] : []));
  const a = await replica('a');
  await expect.poll(() => reportedBy(a).length).toBeGreaterThan(0);
  const b = await replica('b');
  expect(await a.metric('betrace_owned_tenants')).toBe(1);
  expect(await b.metric('betrace_owned_tenants')).toBe(0);
  await findsByRouter([a, b], receiver);
  const before = reportedBy(a).length;
  await expect.poll(() => reportedBy(a).length).toBeGreaterThan(before);
  expect(reportedBy(b)).toEqual([]);
  await a.stop();
  await expect.poll(() => reportedBy(b).length).toBeGreaterThan(1);
  expect(await b.metric('betrace_open_claims', { replica: 'others' })).toBe(0);
  await b.stop();
  const all = [...reportedBy(a), ...reportedBy(b)];
  expect(new Set(all).size).toBe(all.length);
  const windows = (): number => receiver.spans.size - receiver.violated('checked').length;
  await expect.poll(windows).toBe(all.length);
  expect(readdirSync(join(directory, 'owners', 'owners'))).toContain('single-tenant.json');
});

it('retract what another has reported, where a block that comes late undoes it', async () => {
  const blocks = join(temporaryDirectory(), 'blocks');
  const from = join(FIXTURES, 'shop-v5', 'blocks', 'single-tenant');
  const [early, late] = readdirSync(from) as [string, string];
  const copy = (block: string): void =>
    cpSync(join(from, block), join(blocks, 'single-tenant', block), { recursive: true });
  copy(early);
  const settings = { 'live.recheck': '6s', 'storage.refresh': '1s' };
  const { receiver, start: replica } = await replicasOf({ rules: SPARSE, blocks, at: BUSY, settings });
  const [a, b] = [await replica('a'), await replica('b')];
  await expect.poll(() => linesOf(a, 'violation').length).toBeGreaterThan(0);
  copy(late);
  await a.stop();
  const reported = new Set(linesOf(a, 'violation').map(({ violation }) => violation));
  const retracted = (): readonly (string | undefined)[] =>
    linesOf(b, 'violation retracted').map(({ violation }) => violation);
  await expect.poll(() => retracted().filter((id) => reported.has(id)).length).toBeGreaterThan(0);
  expect(await b.metric('betrace_retractions_total', { rule: 'steady' })).toBe(retracted().length);
  await expect.poll(() => b.metric('betrace_outbox_depth')).toBe(0);
  expect(
    [...receiver.spans.values()].filter(({ attributes }) =>
      retracted().includes(String(attributes['betrace.retracts'])),
    ),
  ).not.toEqual([]);
  await b.stop();
});

it('judge rules across traces by stored blocks, one of them, with the ids of a replay', async () => {
  const blocks = join(FIXTURES, 'flow-v5', 'blocks');
  const {
    receiver,
    directory,
    start: replica,
  } = await replicasOf({
    rules: ACROSS,
    blocks,
    at: STEP - 20_000,
  });
  const labels = { rule: 'order-ships' };
  const [a, b] = [await replica('a'), await replica('b')];
  await expect.poll(() => a.metric('betrace_violations_total', labels)).toBeGreaterThan(0);
  expect(await a.metric('betrace_rule_passed_total', labels)).toBeGreaterThan(1000);
  expect(await a.metric('betrace_rule_undecided_cases', labels)).toBeGreaterThan(0);
  expect(await a.metric('betrace_rule_stored_until_timestamp_seconds', labels)).toBeGreaterThan(DAY / 1000);
  for (const name of [
    'rule_passed_total',
    'violations_total',
    'rule_undecided_cases',
    'rule_stored_until_timestamp_seconds',
  ])
    expect(await b.metric(`betrace_${name}`, labels), name).toBe(0);
  const pageOf = async (some: typeof a): Promise<string> => await (await some.get('/plain')).text();
  expect(await pageOf(b)).toContain('another replica judges it for this tenant');
  expect(await pageOf(a)).not.toContain('another replica');
  await a.stop();
  await expect.poll(() => b.metric('betrace_violations_total', labels)).toBeGreaterThan(0);
  await expect.poll(() => b.metric('betrace_outbox_depth')).toBe(0);
  const until = await b.metric('betrace_rule_stored_until_timestamp_seconds', labels);
  expect(await b.metric('betrace_open_claims', { replica: 'others' })).toBe(0);
  await b.stop();
  const rules = join(directory, 'rules.betrace');
  const range = ['--from', new Date(DAY).toISOString(), '--to', new Date(STEP).toISOString()];
  const { out } = await betrace([
    'replay',
    rules,
    '--blocks',
    blocks,
    ...range,
    '--limit',
    '1000',
    '--format',
    'json',
  ]);
  const [rule] = (JSON.parse(out) as Replayed).rules;
  const expected = rule.violations.filter(({ time }) => Date.parse(time) / 1000 < until).map(({ id }) => id);
  expect(
    [...receiver.spans.values()].map(({ attributes }) => attributes['betrace.violation.id']).sort(),
  ).toEqual(expected.toSorted());
});
