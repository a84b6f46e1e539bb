/** A backlog that takes longer than a process lives: each gets further than the one before, whatever is in its way. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localDisk } from '../../../engine/live/log/disk-local.js';
import { Log } from '../../../engine/live/log/log.js';
import { segmentName } from '../../../engine/live/log/segment.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { spansRecord } from '../../../engine/live/span-log/record.js';
import { traceId } from '../../support/arbitrary/spans.js';
import { temporaryDirectory } from '../service/support.js';
import { serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

const TRACES = 20_000;
const IN_REQUEST = 200;
/** One trace in so many breaks the rule. */
const VIOLATING = 4;
const violates = (number: number): boolean => number % VIOLATING === 0;
const namesOf = (number: number): readonly string[] => [
  ...['charge', 'a', 'b', 'c'],
  violates(number) ? 'd' : 'check',
];
/** A process is killed when it has taken spans for so many times as long as it took to start, which is longer on a slow machine, or for this. */
const LIFE_STARTS = 3;
const SHORTEST_LIFE_MS = 1500;
/** A trace has to be quiet for so many times as long. */
const QUIET_LIVES = 1.6;
/** One that is not whole, at least so long. */
const LEAST_QUIET_MS = 30_000;
const MOST_LIVES = 12;

async function backlog(state: string): Promise<void> {
  const sizes = { segmentBytes: 2 ** 20, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 };
  const log = await Log.open({ disk: await localDisk(join(state, 'spans')), name: 'spans', ...sizes });
  for (let n = 0; n < TRACES; n += IN_REQUEST) {
    const traces = Array.from({ length: IN_REQUEST }, (_, k) => traceNow(1 + n + k, ...namesOf(1 + n + k)));
    await log.append(spansRecord('single-tenant', protobufOf(traces)));
  }
  await log.close();
}

it('processes that are killed again and again get through 100,000 spans, and send each violation once', async () => {
  const directory = temporaryDirectory();
  const state = join(directory, 'state');
  await backlog(state);
  const receiver = await startReceiver();
  const settings: Record<string, string> = {
    'live.grace': '1s',
    'live.complete_after': '30s',
  };
  const after: number[] = [];
  let lifeMs = 0;
  while (receiver.spans.size < TRACES / VIOLATING && after.length < MOST_LIVES) {
    const begun = performance.now();
    const serving = await serve({ directory, export: receiver.url, settings });
    if (lifeMs === 0) {
      lifeMs = Math.max(SHORTEST_LIFE_MS, LIFE_STARTS * (performance.now() - begun));
      const quietMs = Math.ceil(lifeMs * QUIET_LIVES);
      settings['live.complete_after'] = `${quietMs}ms`;
      settings['live.quiet_after'] = `${Math.max(LEAST_QUIET_MS, quietMs)}ms`;
    }
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    await serving.kill();
    after.push(receiver.spans.size);
  }
  const expected = Array.from({ length: TRACES }, (_, n) => n + 1).filter(violates);
  expect(receiver.spans.size, `violations after each life: ${after.join()}`).toBe(expected.length);
  expect(receiver.violated()).toEqual(expected.map(traceId).sort());
  const last = await serve({ directory, export: receiver.url, settings });
  await expect.poll(() => last.metric('betrace_open_traces')).toBe(0);
  // All was known to be judged.
  expect(await last.metric('betrace_violations_total')).toBe(0);
  await expect.poll(() => existsSync(join(state, 'spans', segmentName(1)))).toBe(false);
  expect(receiver.spans.size).toBe(expected.length);
});
