/** What a process that is killed has acknowledged is judged by the next one, nothing is emitted twice, and evidence counts it once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseExport } from '../../../engine/evidence/export.js';
import { newKey, publicPem, signingKey } from '../../../engine/evidence/keys.js';
import { betrace } from '../cli/support.js';
import { temporaryDirectory } from '../service/support.js';
import { CHECKED, type ServeOptions, type Serving, send, serve, traceNow } from './process.js';
import { startReceiver, type ViolationReceiver } from './receiver.js';

const ROUNDS = 2;
const CLIENTS = [1, 2, 3];

interface Acknowledged {
  readonly violating: string[];
  readonly passing: string[];
}

/** Sends traces, every other of which breaks the rule, until nobody listens. */
async function load(serving: Serving, from: number, to: Acknowledged): Promise<void> {
  for (let n = from; serving.process.signalCode === null; n++) {
    const [names, acknowledged] =
      n % 2 === 0 ? [['charge'], to.violating] : [['charge', 'check'], to.passing];
    const trace = traceNow(n, ...names);
    const status = await send(serving, trace).catch(() => undefined);
    if (status === 200) acknowledged.push(trace.traceId);
  }
}

/** Kills one process after another while they are under load; returns the last, which lives, and what all of them acknowledged. */
async function killed(
  options: ServeOptions,
): Promise<{ readonly last: Serving; readonly acknowledged: Acknowledged }> {
  const acknowledged: Acknowledged = { violating: [], passing: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    const serving = await serve(options);
    const loading = CLIENTS.map((client) =>
      load(serving, round * 1_000_000 + client * 100_000, acknowledged),
    );
    // Long enough that some traces are closed, some are being sent, and some have just arrived.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await serving.kill();
    await Promise.all(loading);
  }
  return { last: await serve(options), acknowledged };
}

async function holds(
  { violated, spans }: ViolationReceiver,
  { violating, passing }: Acknowledged,
): Promise<void> {
  expect(violating.length).toBeGreaterThan(50);
  const missing = (): number => {
    const found = new Set(violated());
    return violating.filter((id) => !found.has(id)).length;
  };
  await expect.poll(missing).toBe(0);
  // Every span of the receiver is one violation of one trace.
  const found = new Set(violated());
  expect(found.size).toBe(spans.size);
  expect(passing.filter((id) => found.has(id))).toEqual([]);
}

it('loses nothing that it acknowledged when it is killed under load, again and again', async () => {
  const receiver = await startReceiver();
  const { last, acknowledged } = await killed({
    directory: temporaryDirectory(),
    rules: CHECKED,
    export: receiver.url,
  });
  await holds(receiver, acknowledged);
  expect(await last.stop()).toBe(0);
});

it('has evidence afterwards that verifies and counts each trace once', async () => {
  const directory = temporaryDirectory();
  const key = join(directory, 'key.pem');
  const pem = newKey();
  writeFileSync(key, pem);
  writeFileSync(`${key}.pub`, publicPem(signingKey(pem)));
  const receiver = await startReceiver();
  const firstDay = today();
  const { last, acknowledged } = await killed({
    directory,
    export: receiver.url,
    settings: {
      'evidence.enabled': true,
      'evidence.key_file': key,
      'live.quiet_after': '2s',
      'live.grace': '1s',
    },
  });
  await holds(receiver, acknowledged);
  // All are over: what was judged by the processes before is not counted by the last.
  await expect.poll(() => last.metric('betrace_open_traces')).toBe(0);
  const lastDay = today();
  await last.setClock(2 * DAY_MS);
  await expect.poll(() => last.metric('betrace_evidence_records_total')).toBeGreaterThan(0);
  expect(await last.metric('betrace_evidence_failures_total')).toBe(0);
  expect(await last.stop()).toBe(0);

  const state = join(directory, 'state');
  const { out } = await betrace(['evidence', '--state', state, '--from', firstDay, '--to', lastDay]);
  const file = join(directory, 'evidence.json');
  writeFileSync(file, out);
  const verified = await betrace(['evidence', 'verify', file, '--key', `${key}.pub`]);
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('verified: ')]);
  const exported = parseExport(out);
  if ('problem' in exported) return expect.fail(exported.problem);
  const total = { violated: 0, passed: 0 };
  for (const { record } of exported.links)
    if (record?.kind === 'rule') {
      total.violated += record.violated;
      total.passed += record.passed;
    }
  expect(total.violated).toBe(receiver.spans.size);
  const { passing } = acknowledged;
  expect(total.passed).toBeGreaterThanOrEqual(passing.length);
  // What was on its way when a process was killed may be in the log, though it was never acknowledged.
  expect(total.passed).toBeLessThanOrEqual(passing.length + ROUNDS * CLIENTS.length);
});

const DAY_MS = 86_400_000;
const today = (): string => new Date().toISOString().slice(0, 10);
