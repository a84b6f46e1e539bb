/**
 * What the live path holds at 100,000 spans a second, whatever the machine manages: by a clock that is moved here, spans of some seconds are
 * received, then judged, as if that took as long. Memory is that of this process, which does nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { Judge } from '../../engine/live/judge/judge.js';
import { Live } from '../../engine/live/live.js';
import { localDisk } from '../../engine/live/log/disk-local.js';
import type { LogOptions } from '../../engine/live/log/log.js';
import { ruleSet } from '../../engine/live/rules/rule-set.js';
import { DEFAULT_LIVE_SETTINGS } from '../../engine/live/settings.js';
import { requestTemplates, SPANS_PER_REQUEST, templateRequest } from './live-requests.js';
import { liveRulesText } from './live-rules.js';
import { line, tableHead, tableRow } from './times.js';

const SECONDS = Number(process.env.BETRACE_BENCH_SECONDS ?? 20);
const SPANS_A_SECOND = 100_000;
const TICK_MS = 1000;
const AT_ONCE = 8;
const JUDGE_MEMORY = 512 * 2 ** 20;

export async function measureLiveMemory(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-live-memory-'));
  const logOf = async (name: string): Promise<LogOptions> => ({
    ...{ disk: await localDisk(join(work, name)), name },
    ...{ segmentBytes: 2 ** 26, maxBytes: 2 ** 35, maxWaitingBytes: 2 ** 27 },
  });
  let now = 0;
  const began = Date.now();
  const judge = await Judge.open({ memory: JUDGE_MEMORY, ruleLimitMs: 60_000, mostViolations: 10_000 });
  const live = await Live.open(
    {
      now: () => now,
      wall: () => began + now,
      spanLog: await logOf('spans'),
      outboxLog: await logOf('outbox'),
      judge,
      onProblem: line,
    },
    DEFAULT_LIVE_SETTINGS,
    ruleSet(loadWorkspace(new Map([['bench.betrace', liveRulesText()]])).rules),
  );
  try {
    line(`\n${SPANS_A_SECOND / 1000} k spans in a second, by a clock of its own, 50 rules; in MB`);
    tableHead(['second', 'traces held', 'counted for them', 'resident', 'heap', 'buffers']);
    const templates = requestTemplates();
    let sent = 0;
    let most = 0;
    for (let second = 1; now < SECONDS * 1000; second++) {
      for (let left = (SPANS_A_SECOND * TICK_MS) / 1000; left > 0; left -= AT_ONCE * SPANS_PER_REQUEST) {
        const some = Array.from({ length: AT_ONCE }, () => templateRequest(templates, sent++));
        await Promise.all(some.map(async (body) => await live.accept('shop', body)));
        most = Math.max(most, process.memoryUsage.rss());
      }
      now += TICK_MS;
      await live.tick();
      const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, rss);
      if (second % 4 === 0)
        tableRow([
          `${second}`,
          `${live.openTraces}`,
          ...[live.openBytes, rss, heapUsed, arrayBuffers].map((bytes) => (bytes / 2 ** 20).toFixed(0)),
        ]);
    }
    line(`most resident memory: ${(most / 2 ** 20).toFixed(0)} MB`);
  } finally {
    await live.close();
    judge.close();
    rmSync(work, { recursive: true, force: true });
  }
}
