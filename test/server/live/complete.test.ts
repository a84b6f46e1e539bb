/**
 * More violations at once than any bound on what is held or shown, through a service as it is by default: as many in the metrics, in the
 * log and at the receiver as there are, and by the ids of a replay over the same spans.
 */

import { expect, it, onTestFinished } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { violationSpanId } from '../../../engine/live/violation/ids.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { replay } from '../../../engine/replay/replay.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { rulesOf } from '../../live/simulation/rules.js';
import { makeStorage } from '../../support/made-storage.js';
import { openStored } from '../../support/stored.js';
import { temporaryDirectory } from '../service/support.js';
import { CHECKED, post, serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

const COUNT = 40_013;
const PER_REQUEST = 4_000;

it('finds 40,013 violations at once, and counts, tells and sends each of them', async () => {
  const receiver = await startReceiver();
  const serving = await serve({ export: receiver.url });
  const traces = Array.from({ length: COUNT }, (_, n) => traceNow(n + 1, 'charge'));
  for (let from = 0; from < COUNT; from += PER_REQUEST) {
    const { status } = await post(serving.httpPort, protobufOf(traces.slice(from, from + PER_REQUEST)));
    expect(status).toBe(200);
  }
  await expect.poll(() => receiver.spans.size).toBe(COUNT);
  expect(new Set(receiver.violated('checked')).size).toBe(COUNT);
  await expect.poll(() => serving.metric('betrace_outbox_depth')).toBe(0);
  const checked = { rule: 'checked' };
  expect(await serving.metric('betrace_violations_total', checked)).toBe(COUNT);
  expect(await serving.metric('betrace_rule_applicable_total', checked)).toBe(COUNT);
  expect(await serving.metric('betrace_export_spans_total', { outcome: 'delivered' })).toBe(COUNT);
  expect(await serving.stop()).toBe(0);
  const { shown, notShown } = inLog(serving.log());
  expect(shown).toBeGreaterThan(0);
  expect(notShown).toBeGreaterThan(shown);
  expect(shown + notShown).toBe(COUNT);

  expect([...receiver.spans.keys()].sort()).toEqual(await spanIdsOfReplay(traces));
});

/** Violations that the log shows, and how many it says that it does not. */
function inLog(log: string): { readonly shown: number; readonly notShown: number } {
  const lines = log
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { readonly msg: string; readonly violation?: string; readonly notShown?: number },
    );
  return {
    shown: new Set(lines.flatMap((line) => (line.msg === 'violation' ? [line.violation] : []))).size,
    notShown: lines.reduce((sum, { notShown = 0 }) => sum + notShown, 0),
  };
}

/** Ids of the violation spans that a replay over a block of these traces would emit, sorted. */
async function spanIdsOfReplay(traces: readonly Trace[]): Promise<readonly string[]> {
  const { stored, close } = await openStored(makeStorage(temporaryDirectory(), 'vParquet5', traces));
  onTestFinished(close);
  const { rules } = await replay({
    ...stored,
    rules: rulesOf(CHECKED),
    limit: COUNT,
    ruleLimitMs: 60_000,
  });
  return ofKind(rules, 'trace')
    .flatMap(({ violations }) => violations.map(({ id }) => violationSpanId(id, 0)))
    .sort();
}
