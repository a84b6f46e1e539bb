/** What a process takes up that finds the logs of another: no more than that one held, and nothing that was done. */
import { describe, expect, it } from 'vitest';
import { notTaking } from '../../engine/live/health.js';
import { frame } from '../../engine/live/log/frame.js';
import { segmentName } from '../../engine/live/log/segment.js';
import { restOf, TestLive, traceOf } from './support.js';

/** Violated by every trace with a `charge`. */
const CHECKED = 'rule checked { when { name = "charge" } always { name = "check" } }';
const SECONDS = { completeAfterMs: 1000, quietAfterMs: 2000, graceMs: 2000 };
/** Known as over, at most: fewer than are over in the log. */
const TOMBSTONES = 20;

/** One trace that never ends, so that nothing before it can be dropped, and so many that are over meanwhile. */
async function pinned(over: number, settings: object = {}): Promise<TestLive> {
  const live = await TestLive.start({
    rules: CHECKED,
    settings: { ...SECONDS, maxAgeMs: 10_000_000, tombstones: TOMBSTONES, ...settings },
    segmentBytes: 1000,
  });
  const long = traceOf(1, ...Array.from({ length: 400 }, () => 'step'));
  for (let n = 0; n < over; n++) {
    await live.send(traceOf(2 + n, 'charge'), { ...long, spans: long.spans.slice(n, n + 1) });
    await live.wait(1);
  }
  for (let n = 0; n < 8; n++) {
    await live.send({ ...long, spans: long.spans.slice(over + n, over + n + 1) });
    await live.wait(1);
  }
  expect(live.live.openTraces).toBe(1);
  expect(live.emitted).toHaveLength(over);
  return live;
}

describe('a process that takes up a log with more traces that are over than are remembered', () => {
  it('holds what the last one held, and finds nothing a second time', async () => {
    const test = await pinned(150);
    const { openBytes } = test.live;
    await test.crash();
    expect([test.live.openTraces, test.live.openBytes]).toEqual([1, openBytes]);
    await test.wait(30);
    expect(test.emitted).toHaveLength(150);
    expect(test.live.counters.find('shop', 'checked')?.violations).toBe(0);
    expect(test.live.counters.evicted).toBe(0);
  });

  it('leaves out spans that come too late, before the restart and after it', async () => {
    const test = await pinned(60);
    const last = traceOf(2 + 59, 'charge', 'late');
    await test.send(restOf(last, 1));
    expect(test.live.counters.tooLate).toBe(1);
    await test.crash();
    expect(test.live.openTraces).toBe(1);
    await test.send(restOf(last, 1));
    expect(test.live.counters.tooLate).toBe(1);
    await test.wait(10);
    expect(test.emitted).toHaveLength(60);
  });

  it('has the spans of requests that were under way when the log recorded what is open', async () => {
    const test = await TestLive.start({ rules: CHECKED, settings: { ...SECONDS, tombstones: 2 } });
    const [spans, outbox] = test.disks;
    await test.send(traceOf(1, 'charge'));
    while (test.emitted.length === 0) await test.wait(1);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let sending: Promise<void> | undefined;
    // When the trace is let go of, after the log recorded that and before it records what is open.
    outbox.beforeSync = async () => {
      if (sending !== undefined) return;
      spans.beforeSync = async () => await released;
      sending = test.send(traceOf(2, 'charge'));
    };
    const waiting = test.wait(5);
    await expect.poll(() => sending !== undefined).toBe(true);
    // Time for that to wait behind the request.
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    await Promise.all([sending, waiting]);
    await test.crash();
    expect(test.live.openTraces).toBe(1);
    await test.wait(5);
    expect(test.emitted).toEqual(['checked 1 complete', 'checked 2 complete']);
  });
});

describe('a process with less memory than the one before', () => {
  it('judges the oldest traces while it reads, and keeps its bound', async () => {
    const settings = { ...SECONDS, quietAfterMs: 1_000_000, completeAfterMs: 1_000_000 };
    const options = { rules: CHECKED, settings, segmentBytes: 5000 };
    const test = await TestLive.start(options);
    for (let n = 1; n <= 200; n++) await test.send(traceOf(n, 'charge', 'step'));
    const { openBytes } = test.live;
    const maxBytes = openBytes / 5;
    Object.assign(settings, { maxBytes });
    for (const disk of test.disks) disk.crash(0);
    const live = await test.prepare();
    const [disk] = test.disks;
    const read = disk.read.bind(disk);
    let most = 0;
    disk.read = async (name) => {
      most = Math.max(most, live.openBytes);
      return await read(name);
    };
    await live.recover();
    expect(most).toBeGreaterThan(maxBytes / 2);
    expect(most).toBeLessThanOrEqual(maxBytes * 1.25);
    expect(test.live.counters.evicted).toBeGreaterThan(100);
    expect(test.live.openTraces + test.live.counters.evicted).toBe(200);
    Object.assign(settings, { quietAfterMs: 2000, completeAfterMs: 1000 });
    await test.crash();
    await test.wait(10);
    expect(new Set(test.emitted).size).toBe(200);
  });
});

describe('while it takes up the log', () => {
  it('a process says how much is left, and takes nothing', async () => {
    const test = await TestLive.start({ rules: CHECKED, segmentBytes: 1000 });
    for (let n = 1; n <= 20; n++) await test.send(traceOf(n, 'charge'));
    for (const disk of test.disks) disk.crash(0);
    const live = await test.prepare();
    const { recovering } = live.health;
    expect(recovering!.segments).toBeGreaterThan(2);
    expect(notTaking(live.health)).toBe(
      `recovering: ${recovering!.segments} segments of the log, ${recovering!.bytes} bytes, are still to be read`,
    );
    await expect(test.send(traceOf(50, 'charge'))).rejects.toMatchObject({ reason: 'disk' });
    await live.recover();
    expect(live.health).toEqual({});
    expect(live.openTraces).toBe(20);
    await test.send(traceOf(50, 'charge'));
  });

  it('nothing is removed where the log cannot be read to its end', async () => {
    const test = await TestLive.start({ rules: CHECKED, segmentBytes: 1000 });
    for (let n = 1; n <= 20; n++) await test.send(traceOf(n, 'charge'));
    const [disk] = test.disks;
    const names = await disk.list();
    const unknown = frame('record', 99, [Buffer.from([9])]);
    await disk.put(segmentName(99), Buffer.concat(unknown));
    for (const anyDisk of test.disks) anyDisk.crash(0);
    await expect(test.open()).rejects.toMatchObject({ kind: 'newer', file: `log/${segmentName(99)}` });
    expect(await disk.list()).toEqual([...names, segmentName(99)]);
    await disk.remove(segmentName(99));
    await test.open();
    expect(test.live.openTraces).toBe(20);
  });
});
