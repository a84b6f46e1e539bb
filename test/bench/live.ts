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
import { localDisk } from '../../engine/live/log/disk-local.js';
import { Log } from '../../engine/live/log/log.js';
import { decodeTraces } from '../../engine/live/otlp/decode.js';
import { spansRecord } from '../../engine/live/span-log/record.js';
import type { LoadReport } from './live-load.js';
import { type Arrival, startReceiver } from './live-receiver.js';
import { SPANS_PER_REQUEST, shopRequest } from './live-requests.js';
import { flowRulesText, liveRulesText, RARE, windowRulesText } from './live-rules.js';
import { startService } from './live-service.js';

const SECONDS = Number(process.env.BETRACE_BENCH_SECONDS ?? 20);
/** Spans in a second. */
const PACED = [100_000, 50_000];
/** How long traces of the service are waited for, unless set otherwise, in milliseconds. */
const COMPLETE_AFTER = 5_000;

export async function benchLive(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-bench-live-'));
  try {
    decodeOnly();
    await decodeAndLog(join(work, 'log'));
    line('\nthe service with 50 rules', `${SECONDS} s of spans from another process`);
    await withService('as fast as it acknowledges', join(work, 'fast'), { paced: 0, closes: COMPLETE_AFTER });
    for (const paced of PACED)
      await withService(`${paced / 1000} k spans in a second`, join(work, String(paced)), {
        paced,
        closes: COMPLETE_AFTER,
      });
    await withService('50 k in a second, no trace closed', join(work, 'open'), {
      paced: 50_000,
      closes: undefined,
    });
    await compareFlows(work);
    await compareWindows(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** `npm run bench -- flows`: what ten rules across traces cost, over as many orders at a time as `ORDERS`. */
export async function benchFlows(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-bench-flows-'));
  try {
    await compareFlows(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** `npm run bench -- windows`: what ten rules over many traces cost that are judged by the spans that come. */
export async function benchWindows(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-bench-windows-'));
  try {
    await compareWindows(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function compareWindows(work: string): Promise<void> {
  line('\nas many spans as are acknowledged', `${SECONDS} s of spans from another process`);
  const load = { paced: 0, closes: COMPLETE_AFTER };
  const without = await withService('without rules over many traces', join(work, 'no-windows'), load);
  const rules = `${liveRulesText()}\n${windowRulesText()}`;
  const over = await withService('with ten of them', join(work, 'windows'), { ...load, rules });
  line('  acknowledged, of the rate without them', `${(over / without).toFixed(2)} x`);
}

async function compareFlows(work: string): Promise<void> {
  line('\nthe same traces, each of one of 100,000 orders', `${SECONDS} s of spans from another process`);
  const load = { paced: 0, closes: COMPLETE_AFTER, orders: ORDERS };
  const without = await withService('without rules across traces', join(work, 'without'), load);
  const rules = `${liveRulesText()}\n${flowRulesText()}`;
  const across = await withService('with ten of them', join(work, 'across'), { ...load, rules });
  line('  acknowledged, of the rate without them', `${(across / without).toFixed(2)} x`);
}

/** Of which traces are, one after the other, and which all stay open: rules look ten minutes back and ahead. */
const ORDERS = 100_000;
const LOAD = fileURLToPath(new URL('./live-load.js', import.meta.url));

function line(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(58)} ${value}\n`);
}

const rate = (spans: number, ms: number): string => `${(spans / ms).toFixed(0).padStart(5)} k spans/s`;

function requests(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, n) => shopRequest(n));
}

function decodeOnly(): void {
  const some = requests(100);
  const bytes = some.reduce((sum, request) => sum + request.length, 0);
  let spans = 0;
  for (const request of some) decodeTraces(request);
  const begun = performance.now();
  for (let round = 0; round < 10; round++) for (const request of some) spans += decodeTraces(request).count;
  const ms = performance.now() - begun;
  line(
    `decoding, ${(bytes / some.length / SPANS_PER_REQUEST).toFixed(0)} bytes a span, one core`,
    rate(spans, ms),
  );
}

async function decodeAndLog(directory: string): Promise<void> {
  const some = requests(100);
  const log = await Log.open({
    disk: await localDisk(directory),
    segmentBytes: 64 * 2 ** 20,
    maxBytes: 2 ** 35,
    maxWaitingBytes: 2 ** 27,
  });
  let spans = 0;
  const begun = performance.now();
  for (let round = 0; round < 5; round++)
    for (let from = 0; from < some.length; from += 20)
      await Promise.all(
        some.slice(from, from + 20).map(async (request) => {
          spans += decodeTraces(request).count;
          await log.append(spansRecord('shop', request));
        }),
      );
  line('decoding and logging, synced, 20 requests at once', rate(spans, performance.now() - begun));
  await log.close();
}

interface Load {
  /** Spans in a second; 0 for as many as are acknowledged. */
  readonly paced: number;
  /** After how long traces are complete, in milliseconds; undefined where none is. */
  readonly closes: number | undefined;
  /** How many orders traces are about; 0 for none. */
  readonly orders?: number;
  readonly rules?: string;
}

/** What the service does with a load, and how many spans it acknowledges in a millisecond; this process takes the place of Tempo. */
async function withService(
  name: string,
  directory: string,
  { paced, closes, orders = 0, rules = liveRulesText() }: Load,
): Promise<number> {
  const receiver = await startReceiver();
  const settings = closes === undefined ? ['live.complete_after=10m', 'live.quiet_after=10m'] : [];
  const service = await startService({ directory, exportTo: receiver.url, settings, rules });
  try {
    const load = fork(LOAD, [service.grpcPort, SECONDS, paced, orders].map(String));
    const [report] = (await once(load, 'message')) as [LoadReport];
    line(name, `${rate(report.spans, report.ms)} acknowledged, ${report.refused} requests refused`);
    const sentAt = new Map(report.violating);
    for (const [rule, wait] of [
      [RARE.now, 0] as const,
      ...(closes ? [[RARE.atClosure, closes] as const] : []),
    ]) {
      const arrived = (): readonly Arrival[] => receiver.arrivals.filter((arrival) => arrival.rule === rule);
      for (let tries = 0; arrived().length < sentAt.size && tries < 300; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      const times = arrived()
        .map(({ traceId, at }) => at - (sentAt.get(traceId) ?? Number.NaN) - wait)
        .sort((a, b) => a - b);
      const quantile = (share: number): string =>
        `${((times[Math.floor((times.length - 1) * share)] ?? Number.NaN) / 1000).toFixed(1)} s`;
      line(
        `  ${rule}: span sent to violation received${wait === 0 ? '' : `, beyond ${wait / 1000} s`}`,
        `p50 ${quantile(0.5)}, p99 ${quantile(0.99)} (${times.length} of ${sentAt.size} received)`,
      );
    }
    const skipped = (await service.metrics()).total('betrace_early_skipped_total');
    line('  traces not judged early, as judging was behind', String(skipped));
    const cpu = (await service.metrics()).total('process_cpu_seconds_total');
    line(
      '  processor time of the service, for a million spans',
      `${((cpu / report.spans) * 1e6).toFixed(1)} s`,
    );
    line('  most traces open or kept', String(service.most.traces));
    if (service.most.flowSpans > 0)
      line('  most spans kept for rules across traces', String(service.most.flowSpans));
    line('  most resident memory', `${(service.most.rss / 2 ** 20).toFixed(0)} MB`);
    return report.spans / report.ms;
  } finally {
    await service.stop();
    await receiver.stop();
  }
}
