/** A process is killed, another continues, and then the machine goes down: what was never synced by anybody is gone only then. */
import { describe, expect, it } from 'vitest';
import type { LogDamage } from '../../../engine/live/log/damage.js';
import type { Disk } from '../../../engine/live/log/disk.js';
import { Log } from '../../../engine/live/log/log.js';
import { segmentName } from '../../../engine/live/log/segment.js';
import { Random } from '../simulation/random.js';
import { SlowDisk } from '../simulation/slow-disk.js';
import { FaultyDisk } from './faulty-disk.js';

const SIZES = { segmentBytes: 1, maxBytes: 100_000, maxWaitingBytes: 50_000 };

interface Opened {
  readonly log: Log;
  readonly records: readonly string[];
  readonly damage: readonly LogDamage[];
}

async function open(disk: Disk, segmentBytes = 1): Promise<Opened> {
  const records: string[] = [];
  const damage: LogDamage[] = [];
  const log = await Log.open({ disk, ...SIZES, segmentBytes });
  await log.replay(
    (payload) => void records.push(Buffer.from(payload).toString()),
    (part) => damage.push(part),
  );
  return { log, records, damage };
}

async function append(log: Log, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await log.append([Buffer.from(text)]);
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await Promise.resolve();
}

/** A promise that the test resolves. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

it('a log whose process was killed when it had just begun a segment is read while segments are let go of', async () => {
  const disk = new FaultyDisk();
  const first = await open(disk, 10_000);
  // The file of ends knows of the first of them only.
  await append(first.log, 'a', 'b');
  await disk.create(segmentName(2));
  disk.kill();
  const damage: LogDamage[] = [];
  const log = await Log.open({ disk, ...SIZES });
  await log.replay(
    () => undefined,
    (part) => damage.push(part),
    async (segment) => await log.dropBefore(segment),
  );
  expect(damage).toEqual([]);
});

describe('after a kill and a crash of the machine', () => {
  it('a segment that was begun and never written is not missed', async () => {
    const disk = new FaultyDisk();
    const first = await open(disk);
    await append(first.log, 'a');
    await disk.create(segmentName(2));
    disk.kill();
    const second = await open(disk);
    await append(second.log, 'b', 'c');
    // Now it would be the first.
    await second.log.dropBefore(2);
    disk.crash(0);
    const { records, damage } = await open(disk);
    expect(damage).toEqual([]);
    expect(records).toEqual(['b', 'c']);
  });

  it.each([1, 10_000])(
    'what the second process has read is there, with segments of %i bytes',
    async (bytes) => {
      for (let before = 0; before < 60; before++) {
        const disk = new FaultyDisk();
        const process = { alive: true };
        const first = await open(new SlowDisk(disk, new Random(before)).mount(process), bytes);
        await append(first.log, 'a', 'b');
        disk.beforeSync = async () => await new Promise(() => undefined);
        void append(first.log, 'c').catch(() => undefined);
        await turns(before);
        process.alive = false;
        disk.kill();
        disk.beforeSync = undefined;
        const second = await open(disk, bytes);
        await append(second.log, 'd');
        disk.crash(0);
        const { records, damage } = await open(disk, bytes);
        expect(damage, `killed ${before} turns after the write began`).toEqual([]);
        expect(records).toEqual([...second.records, 'd']);
      }
    },
  );
});

describe('what a log says of its ends', () => {
  it('is no more than what is on disk of the segment that is written', async () => {
    const disk = new FaultyDisk();
    const { log } = await open(disk);
    // Behind each of them is a mark, which is not synced.
    await append(log, 'a', 'b');
    await log.dropBefore(2);
    disk.crash(0);
    const { records, damage } = await open(disk);
    expect(damage).toEqual([]);
    expect(records).toEqual(['b']);
  });

  it('is nothing of a segment that is only begun', async () => {
    const disk = new FaultyDisk();
    const { log } = await open(disk);
    await append(log, 'a', 'b');
    const { passed, open: goOn } = gate();
    disk.beforeSync = async () => {
      if ((await disk.list()).includes(segmentName(3))) await passed;
    };
    const third = log.append([Buffer.from('c')]).catch(() => undefined);
    await turns(20);
    expect(await disk.list()).toContain(segmentName(3));
    disk.beforeSync = undefined;
    await log.dropBefore(2);
    disk.crash(0);
    goOn();
    await third;
    const { records, damage } = await open(disk);
    expect(damage).toEqual([]);
    expect(records).toEqual(['b']);
  });

  it('is right where segments go while the next is made: one that is lost later is missed', async () => {
    const disk = new FaultyDisk();
    const { log } = await open(disk);
    await append(log, 'a');
    const { passed, open: goOn } = gate();
    disk.beforeCreate = async () => await passed;
    const second = log.append([Buffer.from('b')]);
    await turns(20);
    expect(log.head).toBe(2);
    disk.beforeCreate = undefined;
    await log.dropBefore(log.head);
    goOn();
    expect(await second).toBe(2);
    await append(log, 'c');
    await log.close();
    expect(await open(disk)).toMatchObject({ records: ['b', 'c'], damage: [] });
    await disk.remove(segmentName(2));
    expect((await open(disk)).damage).toEqual([{ kind: 'missing', segment: segmentName(2) }]);
  });
});
