import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogDamage } from '../../../engine/live/log/damage.js';
import { HEADER_BYTES } from '../../../engine/live/log/frame.js';
import { Log, type LogOptions, type LogRefusal } from '../../../engine/live/log/log.js';
import { segmentName } from '../../../engine/live/log/segment.js';
import { FaultyDisk } from './faulty-disk.js';
import { segmentsIn } from './segments.js';

const SIZES = { segmentBytes: 1000, maxBytes: 100_000, maxWaitingBytes: 50_000 };

async function opened(
  disk: FaultyDisk,
  sizes: Partial<LogOptions> = {},
): Promise<{ log: Log; found: string[]; segments: number[]; damage: LogDamage[] }> {
  const found: string[] = [];
  const segments: number[] = [];
  const damage: LogDamage[] = [];
  const log = await Log.open({ disk, ...SIZES, ...sizes });
  await log.replay(
    (payload, segment) => {
      found.push(Buffer.from(payload).toString());
      segments.push(segment);
    },
    (part) => damage.push(part),
  );
  return { log, found, segments, damage };
}

const payload = (text: string): readonly Uint8Array[] => [Buffer.from(text)];

/** Appends texts one after the other; the length of the file after each. */
async function lengthsAfter(
  disk: FaultyDisk,
  log: Log,
  texts: readonly string[],
): Promise<readonly number[]> {
  const lengths: number[] = [];
  for (const text of texts) lengths.push(await disk.size(segmentName(await log.append(payload(text)))));
  return lengths;
}

async function refusal(append: Promise<unknown>): Promise<LogRefusal> {
  return await append.then(
    () => expect.fail('the append was not refused'),
    (error: LogRefusal) => error,
  );
}

describe('a log', () => {
  it('gives back what was appended, in order, over several segments', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk);
    const texts = Array.from({ length: 20 }, (_, n) => `${n} ${'x'.repeat(n * 17)}`);
    for (const text of texts) await log.append(payload(text));
    await log.close();
    expect(log.segments).toBeGreaterThan(2);
    const again = await opened(disk);
    expect(again.found).toEqual(texts);
    expect(again.damage).toEqual([]);
    const sizes = await Promise.all((await segmentsIn(disk)).map(async (name) => await disk.size(name)));
    expect(again.log.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it('syncs once for all that wait at the same time', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk);
    await Promise.all(Array.from({ length: 50 }, (_, n) => log.append(payload(`${n}`))));
    const { syncs } = disk;
    expect(syncs).toBeLessThanOrEqual(3);
    await Promise.all(Array.from({ length: 50 }, (_, n) => log.append(payload(`${n}`))));
    expect(disk.syncs - syncs).toBe(1);
  });

  it('has every acknowledged record after a crash, and no part of another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 12 }),
        fc.nat(12),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (lengths, acknowledged, kept) => {
          const disk = new FaultyDisk();
          const { log } = await opened(disk);
          const texts = lengths.map((length, n) => `${n}${'x'.repeat(length)}`);
          for (const text of texts.slice(0, acknowledged)) await log.append(payload(text));
          const lost = texts.slice(acknowledged).map((text) => log.append(payload(text)).catch(() => 0));
          await Promise.resolve();
          disk.crash(kept);
          await Promise.all(lost);
          const { found } = await opened(disk);
          expect(found.slice(0, acknowledged)).toEqual(texts.slice(0, acknowledged));
          expect(texts.slice(0, found.length)).toEqual(found);
        },
      ),
    );
  });

  it('that is sealed while records are written keeps them, and says of the segment only what is on disk', async () => {
    const turns = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) await Promise.resolve();
    };
    for (let before = 0; before < 60; before++) {
      const disk = new FaultyDisk();
      const { log } = await opened(disk);
      await log.append(payload('first'));
      // Whoever syncs first takes longest.
      let late = 10;
      disk.beforeSync = async () => {
        const wait = late;
        late = 0;
        await turns(wait);
      };
      const second = log.append(payload('second'));
      await turns(before);
      await Promise.all([second, log.rotate()]);
      await log.append(payload('third'));
      disk.crash(0);
      const { found, damage } = await opened(disk);
      expect(damage, `sealed ${before} turns after the write began`).toEqual([]);
      expect(found).toEqual(['first', 'second', 'third']);
    }
  });

  it('names a damaged record and keeps the others', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk);
    const [first, second] = await lengthsAfter(disk, log, ['first', 'second', 'third']);
    const name = segmentName(1);
    for (const offset of [0, 5, 9, 14]) {
      const copy = await disk.copy();
      copy.damage(name, first! + offset);
      const { found, damage } = await opened(copy);
      expect(found).toEqual(['first', 'third']);
      expect(damage).toEqual([{ kind: 'damage', segment: name, from: first, to: second! - HEADER_BYTES }]);
    }
  });

  it('does not take a record from the segment of another number', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk);
    await log.append(payload('moved'));
    await log.close();
    const copy = new FaultyDisk();
    await copy.put(segmentName(9), await disk.read(segmentName(1)));
    const { found, damage } = await opened(copy);
    expect(found).toEqual([]);
    expect(damage).toHaveLength(1);
  });

  it('drops whole segments from the front', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk, { segmentBytes: 1 });
    const numbers: number[] = [];
    for (const text of ['a', 'b', 'c']) numbers.push(await log.append(payload(text)));
    await log.dropBefore(numbers[2]!);
    expect((await opened(disk)).found).toEqual(['c']);
  });
});

describe('a log that cannot grow', () => {
  it('refuses when the disk is full, keeps what it had, and continues when there is room', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk);
    await log.append(payload('kept'));
    disk.capacity = disk.used + 20;
    const refused = await refusal(log.append(payload('x'.repeat(100))));
    expect(refused.reason).toBe('disk');
    expect(refused.message).toContain('ENOSPC');
    disk.capacity = Number.POSITIVE_INFINITY;
    await log.append(payload('later'));
    const { found, damage } = await opened(disk);
    expect(found).toEqual(['kept', 'later']);
    expect(damage).toEqual([]);
  });

  it('acknowledges nothing that a failed sync may have lost', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk);
    disk.failSync = true;
    expect((await refusal(log.append(payload('lost')))).reason).toBe('disk');
    disk.failSync = false;
    await log.append(payload('kept'));
    disk.crash(0);
    expect((await opened(disk)).found).toEqual(['kept']);
  });

  it('keeps to its bound, but takes what is needed to let go of records', async () => {
    const disk = new FaultyDisk();
    const { log } = await opened(disk, { maxBytes: 500 });
    await log.append(payload('x'.repeat(300)));
    expect((await refusal(log.append(payload('x'.repeat(300))))).reason).toBe('full');
    await log.append(payload('essential'.repeat(10)), true);
    expect((await opened(disk)).found).toHaveLength(2);
  });

  it('refuses when too much waits for the disk', async () => {
    const { log } = await opened(new FaultyDisk(), { maxWaitingBytes: 100 });
    const first = log.append(payload('x'.repeat(80)));
    expect((await refusal(log.append(payload('x'.repeat(80))))).reason).toBe('busy');
    await first;
    await log.append(payload('x'.repeat(80)));
  });
});
