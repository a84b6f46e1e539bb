/** A log that somebody has done something to: what is gone is named, and the rest is used. */
import { describe, expect, it } from 'vitest';
import type { LogDamage } from '../../../engine/live/log/damage.js';
import { frame, frames } from '../../../engine/live/log/frame.js';
import { Log, type LogOptions } from '../../../engine/live/log/log.js';
import { segmentName } from '../../../engine/live/log/segment.js';
import { UnreadableLog } from '../../../engine/live/log/unreadable.js';
import { FaultyDisk } from './faulty-disk.js';
import { segmentsIn } from './segments.js';

const SIZES = { segmentBytes: 1, maxBytes: 100_000, maxWaitingBytes: 50_000 };

async function open(disk: FaultyDisk, sizes: Partial<LogOptions> = {}): Promise<Log> {
  return await Log.open({ disk, name: 'spans', ...SIZES, ...sizes });
}

interface Found {
  readonly records: readonly string[];
  readonly damage: readonly LogDamage[];
}

async function read(disk: FaultyDisk): Promise<Found> {
  const records: string[] = [];
  const damage: LogDamage[] = [];
  const log = await open(disk);
  await log.replay(
    (payload) => void records.push(Buffer.from(payload).toString()),
    (found) => damage.push(found),
  );
  return { records, damage };
}

const LETTERS = ['a', 'b', 'c', 'd'];

/** A log with a segment for each letter, and how its process ended. */
async function written(end: 'closed' | 'killed', sizes: Partial<LogOptions> = {}): Promise<FaultyDisk> {
  const disk = new FaultyDisk();
  const log = await open(disk, sizes);
  await log.replay(
    () => undefined,
    () => undefined,
  );
  for (const letter of LETTERS) await log.append([Buffer.from(letter)]);
  if (end === 'closed') await log.close();
  else disk.crash(1);
  return disk;
}

describe.each(['closed', 'killed'] as const)('a log whose process was %s', (end) => {
  it('has no damage', async () => {
    expect(await read(await written(end))).toEqual({ records: LETTERS, damage: [] });
  });

  it.each([0, 1, 2, 3])('names segment %i of four that is missing, and has the others', async (n) => {
    const disk = await written(end);
    const name = (await segmentsIn(disk))[n]!;
    await disk.remove(name);
    const records = LETTERS.filter((_, other) => other !== n);
    expect(await read(disk)).toEqual({ records, damage: [{ kind: 'missing', segment: name }] });
  });

  it.each([0, 1, 2])('names segment %i of four that was cut off between two records', async (n) => {
    const disk = await written(end);
    const name = (await segmentsIn(disk))[n]!;
    const bytes = await disk.read(name);
    const [head] = frames(n + 1, bytes);
    disk.cut(name, head!.to);
    expect(await read(disk)).toEqual({
      records: LETTERS.filter((_, other) => other !== n),
      damage: [{ kind: 'cut', segment: name, from: head!.to, to: bytes.length }],
    });
  });

  it.each([0, 1, 2])('names segment %i of four that is of the same log at another place', async (n) => {
    const disk = await written(end);
    const other = new FaultyDisk();
    const log = await open(other);
    for (const letter of LETTERS) await log.append([Buffer.from(letter.toUpperCase())]);
    const name = (await segmentsIn(disk))[n]!;
    await disk.put(name, await other.read(name));
    const { damage } = await read(disk);
    expect(damage).toContainEqual({ kind: 'changed', segment: name });
  });

  it('names the damage to the last record, which was acknowledged', async () => {
    const disk = await written(end, { segmentBytes: 10_000 });
    const name = segmentName(1);
    const bytes = await disk.read(name);
    const last = [...frames(1, bytes)].filter(({ kind }) => kind === 'record').at(-1)!;
    disk.damage(name, last.to - 1);
    const { records, damage } = await read(disk);
    expect(records).toEqual(LETTERS.slice(0, -1));
    expect(damage).toEqual([{ kind: 'damage', segment: name, from: last.to - 13, to: last.to }]);
  });

  it('has no damage where segments were let go of', async () => {
    const disk = await written(end);
    const log = await open(disk);
    await log.dropBefore(3);
    expect(await read(disk)).toEqual({ records: ['c', 'd'], damage: [] });
    await disk.remove(segmentName(3));
    expect((await read(disk)).damage).toEqual([{ kind: 'missing', segment: segmentName(3) }]);
  });
});

it('a log that was closed names its last segment that was cut off', async () => {
  const disk = await written('closed', { segmentBytes: 10_000 });
  const bytes = await disk.read(segmentName(1));
  const second = [...frames(1, bytes)].filter(({ kind }) => kind === 'record')[1]!;
  disk.cut(segmentName(1), second.to);
  expect(await read(disk)).toEqual({
    records: ['a', 'b'],
    damage: [{ kind: 'cut', segment: segmentName(1), from: second.to, to: bytes.length }],
  });
});

it('a write that was cut off before it was acknowledged is torn, and what follows a restart is no damage', async () => {
  const disk = await written('killed', { segmentBytes: 10_000 });
  const whole = await disk.size(segmentName(1));
  await disk.put(segmentName(1), Buffer.concat([await disk.read(segmentName(1)), Buffer.from('BTr1 cut')]));
  const torn: LogDamage = { kind: 'torn', segment: segmentName(1), from: whole, to: whole + 8 };
  expect(await read(disk)).toEqual({ records: LETTERS, damage: [torn] });
  const log = await open(disk);
  await log.replay(
    () => undefined,
    () => undefined,
  );
  await log.append([Buffer.from('e')]);
  await log.close();
  expect(await read(disk)).toEqual({ records: [...LETTERS, 'e'], damage: [torn] });
});

it('a log of a version without heads is read and continued', async () => {
  const disk = new FaultyDisk();
  for (const [n, letter] of ['a', 'b'].entries())
    await disk.put(segmentName(n + 1), Buffer.concat(frame('record', n + 1, [Buffer.from(letter)])));
  const log = await open(disk);
  await log.append([Buffer.from('c')]);
  disk.crash(1);
  expect(await read(disk)).toEqual({ records: ['a', 'b', 'c'], damage: [] });
  await disk.remove(segmentName(2));
  expect((await read(disk)).damage).toEqual([{ kind: 'missing', segment: segmentName(2) }]);
});

describe('a log that must not be read', () => {
  const refused = async (disk: FaultyDisk): Promise<UnreadableLog> => {
    const before = await disk.list();
    const error = await read(disk).then(
      () => expect.fail('it was read'),
      (error: unknown) => error,
    );
    expect(await disk.list()).toEqual(before);
    if (!(error instanceof UnreadableLog)) throw error;
    return error;
  };

  it('is one with a segment of another log', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk, { name: 'outbox' });
    await log.append([Buffer.from('x')]);
    const { kind, message } = await refused(disk);
    expect([kind, message]).toEqual([
      'foreign',
      `spans/${segmentName(1)} is of the log "outbox", not "spans"`,
    ]);
  });

  it('is one with a segment of a newer version', async () => {
    const disk = new FaultyDisk();
    const head = Buffer.from(JSON.stringify({ format: 9, log: 'spans' }));
    await disk.put(segmentName(1), Buffer.concat(frame('head', 1, [head])));
    const { kind, message } = await refused(disk);
    expect([kind, message]).toEqual([
      'newer',
      `spans/${segmentName(1)} has format 9, and this version reads up to 2`,
    ]);
  });
});

describe('a log whose folder was moved', () => {
  it('acknowledges nothing, and continues once the folder is back', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    await log.append([Buffer.from('kept')]);
    disk.away = true;
    await log.check();
    expect(log.problem).toBe('the write-ahead log cannot be written: the folder was moved');
    await expect(log.append([Buffer.from('lost')])).rejects.toMatchObject({ reason: 'disk' });
    await log.check();
    expect(log.problem).toContain('the folder was moved');
    disk.away = false;
    await log.check();
    expect(log.problem).toBeUndefined();
    await log.append([Buffer.from('later')]);
    expect(await read(disk)).toEqual({ records: ['kept', 'later'], damage: [] });
  });

  it('acknowledges nothing though nobody has looked', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk, { segmentBytes: 10_000 });
    await log.append([Buffer.from('kept')]);
    disk.away = true;
    await expect(log.append([Buffer.from('lost')])).rejects.toMatchObject({ reason: 'disk' });
    disk.away = false;
    await log.append([Buffer.from('later')]);
    expect(await read(disk)).toEqual({ records: ['kept', 'later'], damage: [] });
  });
});
