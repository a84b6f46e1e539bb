/**
 * `npm run bench:live`: what receiving and judging spans costs. The load comes from a process of its own; with two cores it takes one of
 * them. Every figure is for spans that were acknowledged, and so on disk.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Judge } from '../../engine/live/judge/judge.js';
import { Live } from '../../engine/live/live.js';
import { localDisk } from '../../engine/live/log/disk-local.js';
import type { LogOptions } from '../../engine/live/log/log.js';
import { Log } from '../../engine/live/log/log.js';
import { decodeTraces } from '../../engine/live/otlp/decode.js';
import { ruleSet } from '../../engine/live/rules/rule-set.js';
import { DEFAULT_LIVE_SETTINGS } from '../../engine/live/settings.js';
import { spansRecord } from '../../engine/live/span-log.js';
import { TokenStore } from '../../server/http/tokens.js';
import { listenGrpc } from '../../server/otlp/grpc.js';
import { SPANS_PER_REQUEST, shopRequest } from './live-requests.js';
import { liveRules } from './live-rules.js';

const SECONDS = Number(process.env.BETRACE_BENCH_SECONDS ?? 20);
const LOAD = fileURLToPath(new URL('./live-load.js', import.meta.url));

export async function benchLive(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-bench-live-'));
  try {
    decodeOnly();
    await decodeAndLog(join(work, 'log'));
    await wholeWay(join(work, 'live'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function line(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(58)} ${value}\n`);
}

const rate = (spans: number, ms: number): string => `${(spans / ms).toFixed(0).padStart(5)} k spans/s`;

function requests(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, n) => shopRequest(n));
}

function decodeOnly(): void {
  const some = requests(100);
  const bytes = some.reduce((sum, one) => sum + one.length, 0);
  let spans = 0;
  for (const one of some) decodeTraces(one);
  const begun = performance.now();
  for (let round = 0; round < 10; round++) for (const one of some) spans += decodeTraces(one).count;
  const ms = performance.now() - begun;
  line(
    `decoding, ${(bytes / some.length / SPANS_PER_REQUEST).toFixed(0)} bytes a span, one core`,
    rate(spans, ms),
  );
}

async function logOptions(directory: string): Promise<LogOptions> {
  return {
    disk: await localDisk(directory),
    segmentBytes: 64 * 2 ** 20,
    maxBytes: 2 ** 35,
    maxWaitingBytes: 2 ** 27,
  };
}

async function decodeAndLog(directory: string): Promise<void> {
  const some = requests(100);
  const log = await Log.open(await logOptions(directory));
  let spans = 0;
  const begun = performance.now();
  for (let round = 0; round < 5; round++)
    for (let at = 0; at < some.length; at += 20)
      await Promise.all(
        some.slice(at, at + 20).map(async (one) => {
          spans += decodeTraces(one).count;
          await log.append(spansRecord('shop', one));
        }),
      );
  line('decoding and logging, synced, 20 requests at once', rate(spans, performance.now() - begun));
  await log.close();
}

async function wholeWay(directory: string): Promise<void> {
  const judge = await Judge.open({ memory: 2 ** 29, ruleLimitMs: 60_000, mostViolations: 10_000 });
  const live = await Live.open(
    {
      now: Date.now,
      spanLog: await logOptions(join(directory, 'spans')),
      outboxLog: await logOptions(join(directory, 'outbox')),
      judge,
      onProblem: (message) => line('problem', message),
    },
    { ...DEFAULT_LIVE_SETTINGS, graceMs: 5_000 },
    ruleSet(liveRules()),
  );
  const listening = await listenGrpc(
    { address: '127.0.0.1', port: 0 },
    {
      sink: live,
      tokens: new TokenStore([]),
      multitenancyEnabled: false,
      tenant: 'shop',
      maxRequest: 2 ** 24,
      observe: () => undefined,
      onError: (error) => line('error', String(error)),
    },
  );
  let longest = 0;
  let stopped = false;
  const ticking = (async () => {
    while (!stopped) {
      const begun = performance.now();
      await live.tick();
      longest = Math.max(longest, performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  const child = fork(LOAD, [String(listening.port), String(SECONDS)]);
  let mostOpen = 0;
  const sampling = setInterval(() => {
    mostOpen = Math.max(mostOpen, live.openTraces);
  }, 500);
  const [acknowledged] = (await once(child, 'message')) as [{ spans: number; ms: number; refused: number }];
  line(
    `the whole way at 50 rules: gRPC, log, traces, judging`,
    `${rate(acknowledged.spans, acknowledged.ms)} acknowledged`,
  );
  line('  requests refused, to be sent again', String(acknowledged.refused));
  const behind = performance.now();
  while (
    live.counters.closed.complete + live.counters.closed.quiet + live.counters.closed.partial <
    live.openTraces
  )
    await new Promise((resolve) => setTimeout(resolve, 250));
  line('  until the last trace was judged', `${((performance.now() - behind) / 1000).toFixed(1)} s`);
  clearInterval(sampling);
  line('  most traces open or kept', String(mostOpen));
  line('  longest tick', `${longest.toFixed(0)} ms`);
  const { counters } = live;
  line('  traces tried early, left out as judging was behind', String(counters.earlySkipped));
  line('  traces closed', JSON.stringify(counters.closed));
  line('  violations', String([...counters.rules.values()].reduce((sum, of) => sum + of.violations, 0)));
  line('  peak RSS of this process', `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
  stopped = true;
  await ticking;
  await listening.stop(100);
  await live.close();
  judge.close();
}
