import { describe, expect, it } from 'vitest';
import { type OutboxEntry, type OutgoingSpan, outgoingKey } from '../../../engine/live/outbox/entry.js';
import { Outbox } from '../../../engine/live/outbox/outbox.js';
import { FaultyDisk } from '../log/faulty-disk.js';

async function opened(disk: FaultyDisk, maxBytes = 2 ** 30): Promise<Outbox> {
  const options = { disk, segmentBytes: 2 ** 20, maxBytes, maxWaitingBytes: 2 ** 30 };
  return await Outbox.open(options, () => expect.fail('damage'));
}

function entry(number: number, parts: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id: `id-${number}`,
    tenant: 'shop',
    trace: `trace-${number}`,
    rule: 'r',
    revision: '1',
    generation: 0,
    stands: true,
    retraction: Buffer.from(`retraction ${number}`),
    ...parts,
  };
}

function outgoing(recorded: OutboxEntry, size = 10): OutgoingSpan {
  return { key: outgoingKey(recorded), tenant: recorded.tenant, span: Buffer.alloc(size, recorded.id) };
}

async function record(outbox: Outbox, ...entries: readonly OutboxEntry[]): Promise<void> {
  await outbox.record(
    entries,
    entries.map((recorded) => outgoing(recorded)),
  );
}

describe('an outbox', () => {
  it('has what was recorded after a crash, until it was delivered', async () => {
    const disk = new FaultyDisk();
    const outbox = await opened(disk);
    await record(outbox, entry(1), entry(2));
    const [first] = outbox.take(1);
    await outbox.delivered([first!]);
    disk.crash(0);
    const again = await opened(disk);
    expect(again.take(9).map(({ key }) => key)).toEqual([outgoingKey(entry(2))]);
    expect(again.entriesOf('trace-1').get('id-1')).toEqual(entry(1));
  });

  it('hands a span out once until it is put back', async () => {
    const outbox = await opened(new FaultyDisk());
    await record(outbox, entry(1));
    const spans = outbox.take(9);
    expect(spans).toHaveLength(1);
    expect(outbox.take(9)).toEqual([]);
    outbox.putBack(spans);
    expect(outbox.take(9)).toEqual(spans);
  });

  it('hands out spans of one tenant at a time, and none of a tenant that has to wait', async () => {
    const outbox = await opened(new FaultyDisk());
    await record(outbox, entry(1), entry(2, { tenant: 'bank' }), entry(3));
    const waiting = outbox.take(9, (tenant) => tenant !== 'shop');
    expect(waiting.map(({ tenant }) => tenant)).toEqual(['bank']);
    expect(outbox.take(9).map(({ tenant }) => tenant)).toEqual(['shop', 'shop']);
  });

  it('forgets what was emitted for a trace that is over, but not what is still to be sent', async () => {
    const disk = new FaultyDisk();
    const outbox = await opened(disk);
    await record(outbox, entry(1));
    await outbox.forget(['trace-1']);
    const again = await opened(disk);
    expect(again.entriesOf('trace-1').size).toBe(0);
    expect(again.depth).toBe(1);
  });

  it('knows over crashes what evidence may not have counted, under numbers that grow, also when it tidies up', async () => {
    const disk = new FaultyDisk();
    const outbox = await opened(disk, 2 ** 16);
    const change = (time: bigint) => ({
      ...{ tenant: 'shop', rule: { id: 'r', revision: '1' }, violated: [{ id: 'id', time }], retracted: 1 },
    });
    outbox.numberFrom(6);
    await outbox.record([entry(1)], [], change(1n));
    await outbox.record([entry(1)], [], change(2n));
    outbox.counted(7);
    const before = outbox.uncounted;
    expect(before).toEqual([{ seq: 8, ...change(2n) }]);
    const full = outbox.bytes;
    for (let n = 0; n < 300; n++) await outbox.record([entry(2)], [outgoing(entry(2), 1000)]);
    expect(outbox.bytes).toBeLessThan(100 * full);
    disk.crash(0);
    const again = await opened(disk);
    expect(again.uncounted).toEqual(before);
    await again.record([entry(1)], [], change(3n));
    expect(again.uncounted.map(({ seq }) => seq)).toEqual([8, 9]);
  });

  it('does not grow with what is done, and loses nothing when it tidies up', async () => {
    const disk = new FaultyDisk();
    const outbox = await opened(disk);
    const retracted = entry(0, { stands: false });
    // Both the violation and its retraction are to be sent, of which the entry names only the second.
    await outbox.record([entry(0)], [outgoing(entry(0))]);
    await outbox.record([retracted], [outgoing(retracted)]);
    for (let n = 1; n < 60; n++) {
      const next = entry(n);
      await outbox.record([next], [outgoing(next, 400_000)]);
      const done = outbox.take(99).filter(({ key }) => key === outgoingKey(next));
      await outbox.delivered(done);
      outbox.putBack([outgoing(entry(0)), outgoing(retracted)]);
      await outbox.forget([next.trace]);
    }
    expect(disk.used).toBeLessThan(12 * 2 ** 20);
    disk.crash(0);
    const again = await opened(disk);
    expect(again.take(9).map(({ key }) => key)).toEqual([outgoingKey(entry(0)), outgoingKey(retracted)]);
  });

  it('without room says what it holds, also where all of that was delivered, until it has room again', async () => {
    const outbox = await opened(new FaultyDisk(), 20_000);
    const windows: string[] = [];
    const fill = async (): Promise<void> => {
      for (let n = 1; ; n++) {
        const window = entry(n, { sees: ['1', '2'] });
        await record(outbox, window);
        await outbox.delivered(outbox.take(1));
        windows.push(window.trace);
      }
    };
    const full =
      /reached its bound \(live\.log_size\): 0 spans in it wait for the receiver, and \d\d violations are known/;
    await expect(fill()).rejects.toThrow(full);
    expect(outbox.full).toMatch(full);
    expect(outbox.entries).toBe(windows.length);
    await outbox.forget(windows);
    await record(outbox, entry(1));
    expect([outbox.full, outbox.entries]).toEqual([undefined, 1]);
  });

  it('that has reached its bound takes more once what it held is delivered, again and again', async () => {
    const disk = new FaultyDisk();
    const outbox = await opened(disk, 20_000_000);
    let made = 0;
    for (let round = 0; round < 3; round++) {
      const before = made;
      const fill = async (): Promise<void> => {
        for (;;) await outbox.record([entry(++made)], [outgoing(entry(made), 400_000)]);
      };
      await expect(fill()).rejects.toThrow('has reached its bound');
      expect(made - before).toBeGreaterThan(20);
      for (let spans = outbox.take(1); spans.length > 0; spans = outbox.take(1))
        await outbox.delivered(spans);
      await outbox.forget(outbox.traces());
    }
    expect(disk.used).toBeLessThan(20_000_000);
  });

  it('changes nothing when it cannot be written', async () => {
    const disk = new FaultyDisk();
    const outbox = await opened(disk);
    disk.capacity = 5;
    await expect(record(outbox, entry(1))).rejects.toThrow('ENOSPC');
    expect(outbox.depth).toBe(0);
    expect(outbox.entriesOf('trace-1').size).toBe(0);
  });
});
