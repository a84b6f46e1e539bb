/** Sends what a replay found as spans, by the outbox that live judging uses: what is found has to arrive. */

import { join } from 'node:path';
import { localDisk } from '../../../engine/live/log/disk-local.js';
import { Delivery } from '../../../engine/live/outbox/delivery.js';
import type { OutboxEntry, OutgoingSpan } from '../../../engine/live/outbox/entry.js';
import { inRecords } from '../../../engine/live/outbox/in-records.js';
import { Outbox } from '../../../engine/live/outbox/outbox.js';
import { emission } from '../../../engine/live/reconcile.js';
import { traceKey } from '../../../engine/live/traces/open-trace.js';
import { windowEntries } from '../../../engine/live/violation/window-entry.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import type { JudgedCaseRule, JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import { lastRise, type RateRise } from '../../../engine/verdicts/rate-rise.js';
import { historyOf } from '../../../engine/verdicts/rule-histories.js';
import { grpcSender } from '../../export/grpc.js';
import { httpSender } from '../../export/http.js';
import { lockDirectory } from '../../live/directory-lock.js';
import { defaultStateDirectory } from '../../live/state-directory.js';
import { plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { version } from '../../shared/version.js';

/** Violations of one rule that one replay sends. */
export const MOST_EMITTED = 100_000;

const BATCH = 500;

/** Says how many were sent; false where some were not. */
export async function emitViolations(
  result: ReplayResult,
  endpoint: URL,
  terminal: Terminal,
): Promise<boolean> {
  const directory = join(defaultStateDirectory(), 'replay');
  const lock = await lockDirectory(directory, { waitMs: 0, setting: '$BETRACE_STATE' });
  const outbox = await Outbox.open(
    {
      disk: await localDisk(join(directory, 'outbox')),
      name: 'outbox',
      segmentBytes: 2 ** 26,
      maxBytes: 2 ** 34,
      maxWaitingBytes: 2 ** 30,
    },
    () => undefined,
  );
  try {
    const unlisted = await fill(outbox, result, terminal);
    const left = await deliver(outbox, endpoint, terminal);
    await outbox.forget(outbox.traces());
    return left === 0 && unlisted === 0;
  } finally {
    await outbox.close();
    await lock.release();
  }
}

/** Returns how many violations it left out, having said of which rules. */
async function fill(outbox: Outbox, result: ReplayResult, terminal: Terminal): Promise<number> {
  const { tenant, rules } = result;
  let unlisted = 0;
  for (const { rule, violations, violated } of rules)
    if (violated > violations.length) {
      unlisted += violated - violations.length;
      terminal.err(
        `betrace replay: only the first ${violations.length} of ${violated} violations of ${rule.id} are sent\n`,
      );
    }
  for (const rule of rules)
    for (const { entries, outgoing } of batchesOf(tenant, rule, lastRise(historyOf(rule, result))))
      await outbox.record(entries, outgoing);
  return unlisted;
}

/** What goes into the outbox together. */
interface OutboxBatch {
  readonly entries: readonly OutboxEntry[];
  readonly outgoing: readonly OutgoingSpan[];
}

function batchesOf(tenant: string, judged: JudgedRule, since: RateRise | undefined): readonly OutboxBatch[] {
  switch (judged.kind) {
    case 'trace':
    case 'flow':
      return traceBatches(tenant, judged, since);
    case 'window':
      return [windowEntries(tenant, judged.rule, judged.violations, since === undefined ? {} : { since })];
  }
}

function traceBatches(
  tenant: string,
  { rule, violations }: JudgedCaseRule,
  since: RateRise | undefined,
): readonly OutboxBatch[] {
  const changes = violations.map((found) => {
    const trace = traceKey(tenant, found.traceId);
    const finding = { id: found.id, tenant, trace, rule, basis: 'complete', found, since } as const;
    return emission(finding, new Map(), 'own-trace')!;
  });
  return [...inRecords(changes)].map((some) => ({
    entries: some.map(({ entry }) => entry),
    outgoing: some.map(({ outgoing }) => outgoing),
  }));
}

/** Until all is sent or the receiver has not answered for a while; returns how many spans are left. */
async function deliver(outbox: Outbox, endpoint: URL, terminal: Terminal): Promise<number> {
  const options = {
    endpoint: endpoint.href,
    headers: {},
    tenantHeader: true,
    timeoutMs: 10_000,
  };
  const sender = endpoint.pathname === '/' ? grpcSender(options) : httpSender(options);
  let problem = '';
  const delivery = new Delivery(outbox, {
    send: sender.send,
    batch: BATCH,
    version: await version(),
    backoffMs: (failures) => 250 * failures,
    onProblem: (message) => {
      problem = message;
    },
  });
  while (outbox.depth > 0 && delivery.broken === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await delivery.stop();
  sender.close();
  const { delivered, rejected } = delivery;
  terminal.err(`betrace replay: ${plural(delivered, 'violation')} sent to ${printable(endpoint.host)}\n`);
  if (rejected > 0 || outbox.depth > 0)
    terminal.err(
      `betrace replay: ${rejected} refused, ${outbox.depth} kept for the next time: ${printable(problem)}\n`,
    );
  return outbox.depth + rejected;
}
