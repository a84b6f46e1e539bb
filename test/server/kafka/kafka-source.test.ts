/** What is read, judged and committed in which order, with a topic in memory. */
import { expect, it } from 'vitest';
import { ReadingClock } from '../../../server/kafka/reading-clock.js';
import { restOf, traceOf } from '../../live/support.js';
import { FakeBroker } from './fake-topic.js';
import { pushBytes, pushOf } from './push.js';
import { BEGUN_MS, Replica, TENANT } from './replica.js';

const CLOSED = 40;
const OVER = 120;

function brokerWith(...values: readonly Uint8Array[]): FakeBroker {
  const broker = new FakeBroker(1);
  for (const value of values) broker.append(0, TENANT, value, BEGUN_MS);
  return broker;
}

it('judges the spans of records, and commits up to the oldest trace that is not over', async () => {
  const broker = brokerWith(pushOf(traceOf(1, 'charge')), pushOf(traceOf(2, 'charge', 'check')));
  const replica = await Replica.start(broker);
  await replica.wait(2);
  expect(broker.committed.get(0)).toBe(0n);
  await replica.wait(CLOSED);
  expect(replica.live.emitted).toEqual(['checked 1 complete']);
  // Judged, and kept for late spans.
  expect(broker.committed.get(0)).toBe(0n);
  broker.append(0, TENANT, pushOf(traceOf(3, 'charge', 'check')), BEGUN_MS);
  await replica.wait(OVER - CLOSED - 30);
  expect(broker.committed.get(0)).toBe(2n);
  await replica.wait(OVER);
  expect(broker.committed.get(0)).toBe(3n);
});

it('finds each violation once over a process that is killed before and after it was found', async () => {
  const whole = traceOf(2, 'charge', 'other', 'check');
  const broker = brokerWith(
    pushOf(traceOf(1, 'charge')),
    pushOf({ ...whole, spans: whole.spans.slice(0, 1) }),
  );
  const replica = await Replica.start(broker);
  await replica.wait(1);
  await replica.crash();
  await replica.wait(10);
  expect(replica.live.emitted).toEqual(['checked 1 complete', 'checked 2 complete']);
  await replica.crash();
  // What the process before had found was none, and it is not there to say so.
  broker.append(0, TENANT, pushOf(restOf(whole, 1)), BEGUN_MS);
  await replica.wait(OVER);
  expect(replica.live.emitted).toEqual(['checked 1 complete', 'checked 2 complete']);
  expect(replica.live.retracted).toEqual(['shop checked 2']);
  await replica.crash();
  await replica.wait(OVER);
  expect(replica.live.emitted).toHaveLength(2);
});

it('finds a violation once where the process is killed before it could commit that its trace is over', async () => {
  const broker = brokerWith(pushOf(traceOf(1, 'charge')));
  const replica = await Replica.start(broker);
  await replica.wait(1);
  broker.refusesCommits = true;
  await replica.wait(OVER);
  expect(replica.live.live.openTraces).toBe(0);
  expect(broker.committed.get(0)).toBe(0n);
  await replica.crash();
  broker.refusesCommits = false;
  await replica.wait(OVER);
  expect(replica.live.emitted).toEqual(['checked 1 complete']);
  expect(broker.committed.get(0)).toBe(1n);
});

it('does not judge what is left of a trace that was over when another process began', async () => {
  const whole = traceOf(1, 'charge', 'check');
  const broker = brokerWith(pushOf({ ...whole, spans: whole.spans.slice(1) }));
  const replica = await Replica.start(broker);
  await replica.wait(OVER - 20);
  // The trace is over, and its last span is behind the first of one that is open.
  broker.append(0, TENANT, pushOf(traceOf(2, 'other')), BEGUN_MS + 100_000);
  await replica.wait(1);
  broker.append(0, TENANT, pushOf({ ...whole, spans: whole.spans.slice(0, 1) }), BEGUN_MS + 101_000);
  await replica.wait(2);
  expect(broker.committed.get(0)).toBe(1n);
  await replica.leave();
  const next = await Replica.start(broker);
  await next.wait(OVER);
  expect([...replica.live.emitted, ...next.live.emitted]).toEqual([]);
  expect(next.live.live.counters.tooLate).toBe(1);
});

it('knows of a partition that it is given when it was read last, and of one that nobody ever had nothing', async () => {
  const broker = new FakeBroker(2);
  for (const [n, partition] of [0, 0, 0, 1].entries())
    broker.append(partition, TENANT, pushOf(traceOf(n, 'charge', 'check')), BEGUN_MS + n * 1_000);
  const readBefore = ({ source }: Replica) => source.partitions.map(({ readBeforeMs }) => readBeforeMs);
  const first = await Replica.start(broker);
  await first.wait(2);
  expect(readBefore(first)).toEqual([undefined, undefined]);
  await first.wait(OVER);
  await first.leave();
  // Hours later.
  broker.append(0, TENANT, pushOf(traceOf(9, 'charge', 'check')), BEGUN_MS + 9_000_000);
  const second = await Replica.start(broker);
  await second.wait(2);
  expect(readBefore(second)).toEqual([BEGUN_MS + 2_000, BEGUN_MS + 3_000]);
});

it('lets go of the traces of a partition that another process is given, which reads them from their first span on', async () => {
  const broker = new FakeBroker(2);
  const first = await Replica.start(broker);
  const [whole, lacking] = [traceOf(1, 'charge', 'check'), traceOf(2, 'charge', 'other')];
  for (const trace of [whole, lacking])
    broker.append(1, TENANT, pushOf({ ...trace, spans: trace.spans.slice(0, 1) }), BEGUN_MS);
  await first.wait(2);
  expect(first.live.live.openTraces).toBe(2);
  const second = await Replica.start(broker);
  await second.read();
  await first.read();
  expect([first.live.live.openTraces, second.live.live.openTraces]).toEqual([0, 2]);
  for (const trace of [whole, lacking]) broker.append(1, TENANT, pushOf(restOf(trace, 1)), BEGUN_MS);
  for (let n = 0; n < OVER; n++) for (const replica of [first, second]) await replica.wait(1);
  expect(first.live.emitted).toEqual([]);
  expect(second.live.emitted).toEqual(['checked 2 complete']);
});

it('passes over what it cannot read, names it and counts it, and takes the rest', async () => {
  const broker = brokerWith(Buffer.from('no push'), pushOf(traceOf(1, 'charge')));
  const [good] = [pushOf(traceOf(2, 'charge'))];
  broker.append(0, undefined, good, BEGUN_MS);
  broker.append(0, 'no tenant id/', good, BEGUN_MS);
  broker.append(0, 'another', good, BEGUN_MS);
  broker.append(0, TENANT, undefined, BEGUN_MS);
  const request = Buffer.concat([
    pushOf(traceOf(3, 'charge')),
    pushBytes({ traces: [Buffer.from('no trace')] }),
  ]);
  broker.append(0, TENANT, request, BEGUN_MS);
  const replica = await Replica.start(broker);
  await replica.wait(CLOSED);
  expect(replica.live.emitted).toEqual(['checked 1 complete', 'checked 3 complete']);
  expect(replica.source.counters.unreadable).toEqual({ key: 2, tenant: 1, value: 2, trace: 1 });
  expect(replica.problems).toHaveLength(6);
  expect(replica.problems[0]).toMatch(/offset 0 of partition 0 is passed over \(value\)/);
  await replica.wait(OVER);
  expect(broker.committed.get(0)).toBe(7n);
});

it('takes the tenant from the key with multitenancy', async () => {
  const broker = new FakeBroker(1);
  for (const tenant of ['a', 'b']) broker.append(0, tenant, pushOf(traceOf(1, 'charge')), BEGUN_MS);
  const replica = await Replica.start(broker, { multitenancyEnabled: true });
  await replica.wait(CLOSED);
  expect(replica.live.emitted).toEqual(['a checked 1 complete', 'b checked 1 complete']);
});

it('begins with what comes from then on, and reads a partition that is added later from its start', async () => {
  const broker = brokerWith(pushOf(traceOf(1, 'charge')));
  const replica = await Replica.start(broker, { start: 'latest' });
  await replica.wait(1);
  const late = traceOf(1, 'charge', 'charge');
  broker.append(0, TENANT, pushOf(restOf(late, 1), traceOf(2, 'charge')), BEGUN_MS);
  broker.addPartitions(1);
  broker.append(1, TENANT, pushOf(traceOf(3, 'charge')), BEGUN_MS);
  await replica.wait(OVER);
  // Of the first trace only a part came since.
  expect(replica.live.emitted).toEqual(['checked 2 complete', 'checked 3 complete']);
});

it('says which records were gone before they were read, and reads the rest', async () => {
  const broker = brokerWith(
    pushOf(traceOf(1, 'charge')),
    pushOf(traceOf(2, 'charge')),
    pushOf(traceOf(3, 'charge')),
  );
  const replica = await Replica.start(broker);
  await replica.wait(1);
  await replica.crash();
  broker.letGo(0, 2);
  await replica.wait(CLOSED);
  expect(replica.source.counters.lost).toBe(2n);
  expect(replica.problems).toEqual([expect.stringMatching(/^BT5047: 2 records of partition 0 are gone/)]);
  for (let n = 4; n < 9; n++) broker.append(0, TENANT, pushOf(traceOf(n, 'charge')), BEGUN_MS);
  broker.letGo(0, 5);
  await replica.wait(CLOSED);
  expect(replica.source.counters.lost).toBe(4n);
  expect(replica.live.emitted.map((text) => text.split(' ')[1])).toEqual(['3', '6', '7', '8']);
});

it('waits for room where open traces have reached the bound of memory', async () => {
  const pushes = Array.from({ length: 40 }, (_, n) => pushOf(traceOf(n + 1, 'charge', 'x'.repeat(1000))));
  const replica = await Replica.start(brokerWith(...pushes), { maxBytes: 10_000 });
  await replica.wait(CLOSED);
  expect(replica.live.emitted).toHaveLength(40);
  expect(replica.live.live.counters.evicted).toBeGreaterThan(0);
});

it('lets no time pass for traces while the topic cannot be read', () => {
  let now = 1_000;
  const clock = new ReadingClock(() => now, 2_000);
  clock.reading();
  const begun = clock.read();
  now += 1_500;
  expect(clock.read() - begun).toBe(1_500);
  now += 60_000;
  expect(clock.read() - begun).toBe(2_000);
  clock.reading();
  expect(clock.read() - begun).toBe(2_000);
  now += 100;
  expect(clock.read() - begun).toBe(2_100);
});
