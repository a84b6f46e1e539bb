/** Services that share a topic of a real broker: whatever is killed, they find what one would have found. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restOf } from '../../live/support.js';
import { CHECKED, readinessOf, type ServeOptions, type Serving, serve, traceNow } from '../live/process.js';
import { startReceiver, type ViolationReceiver } from '../live/receiver.js';
import { Broker, MISSING } from './broker.js';
import { OwnedTopic } from './owned.js';
import { pushOf } from './push.js';

if (MISSING !== undefined)
  console.warn(`NOT TESTED: a topic of a real broker (${MISSING}; install-broker.sh installs it)`);

describe.runIf(MISSING === undefined)('a topic of a real broker', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start();
  });
  afterAll(async () => await broker?.stop());

  function options(topic: string, receiver: ViolationReceiver, more: ServeOptions = {}): ServeOptions {
    return {
      export: receiver.url,
      withoutPorts: true,
      ...more,
      settings: {
        'live.source': 'kafka',
        'live.kafka.brokers': broker.address,
        'live.kafka.topic': topic,
        'live.kafka.group': `group-of-${topic}`,
        'live.kafka.start': 'earliest',
        'live.kafka.session': '6s',
        'live.complete_after': '6s',
        'live.quiet_after': '6s',
        'live.grace': '3s',
        ...more.settings,
      },
    };
  }

  /** The first spans of traces; every other one lacks what the rule wants, also when its rest has come. Returns how to send the rest. */
  async function begin(
    topic: string,
    partition: number,
    from: number,
    to: Sent,
  ): Promise<() => Promise<void>> {
    const traces = Array.from({ length: 10 }, (_, n) =>
      traceNow(from + n, 'charge', n % 2 === 0 ? 'other' : 'check'),
    );
    for (const [n, { traceId }] of traces.entries()) if (n % 2 === 0) to.violating.push(traceId);
    const first = traces.map((trace) => ({ ...trace, spans: trace.spans.slice(0, 1) }));
    await broker.send(topic, partition, pushOf(...first));
    return async () =>
      await broker.send(topic, partition, pushOf(...traces.map((trace) => restOf(trace, 1))));
  }

  interface Sent {
    readonly violating: string[];
  }

  async function finds({ violating }: Sent, receiver: ViolationReceiver): Promise<void> {
    await expect.poll(() => receiver.violated().length).toBe(violating.length);
    expect(receiver.violated()).toEqual([...violating].sort());
  }

  const partitionsOf = async (serving: Serving): Promise<number> => {
    const text = await (await fetch(`${serving.url}/metrics`)).text();
    return text.match(/^betrace_kafka_lag_records\{/gm)?.length ?? 0;
  };

  it('loses nothing and finds nothing twice where processes are killed and others join', async () => {
    await broker.createTopic('killed', 2);
    const receiver = await startReceiver();
    const sent: Sent = { violating: [] };
    const first = await serve(options('killed', receiver));
    const { directory } = first;
    await expect.poll(() => partitionsOf(first)).toBe(2);
    const rests = [await begin('killed', 0, 100, sent), await begin('killed', 1, 200, sent)];
    await expect.poll(() => first.metric('betrace_open_traces')).toBe(20);
    await first.kill();
    const second = await serve(options('killed', receiver, { directory }));
    await expect.poll(() => partitionsOf(second)).toBe(2);
    for (const send of rests) await send();
    const joining = await serve(options('killed', receiver));
    await expect.poll(async () => [await partitionsOf(second), await partitionsOf(joining)]).toEqual([1, 1]);
    const more = [await begin('killed', 0, 300, sent), await begin('killed', 1, 400, sent)];
    await broker.addPartitions('killed', 3);
    more.push(await begin('killed', 2, 500, sent));
    for (const send of more) await send();
    await finds(sent, receiver);
    await expect.poll(async () => (await partitionsOf(second)) + (await partitionsOf(joining))).toBe(3);
    const rest = await begin('killed', 2, 600, sent);
    await joining.kill();
    await rest();
    await finds(sent, receiver);
    expect(await second.stop()).toBe(0);
  });

  it('has windows and rules across traces judged by one of two or three, whichever is killed, paused or leaves, over added partitions and a restart of the broker', async () => {
    /** By the group three judge; by a lease two, one of which is started again. */
    const changeOwners = async (by: 'lease' | 'group'): Promise<OwnedTopic> => {
      const topic = await OwnedTopic.create(broker, `owned-by-${by}`, by);
      await topic.start('a', 'b', ...(by === 'group' ? ['c'] : []));
      const [first, killed] = await topic.owner();
      await topic.grow();
      await topic.begins(killed, async () => await topic.pass());
      await topic.kill(first);
      const [, paused] = await topic.owner();
      if (by === 'lease') await topic.start(first);
      await topic.begins(paused, async () => await topic.pass());
      topic.pause(paused);
      await topic.owner();
      await topic.resume(paused);
      return topic;
    };
    const leaveOne = async (topic: OwnedTopic): Promise<void> => {
      await topic.readsAll();
      const [second] = await topic.owner();
      await topic.stop(second);
      await topic.pass();
      await topic.findsAll();
    };
    const topics = await Promise.all([changeOwners('lease'), changeOwners('group')]);
    await broker.kill();
    // What is due is not in the topic.
    for (const topic of topics) await topic.passUnread();
    for (const topic of topics) await topic.owner();
    await broker.resume();
    for (const topic of topics) await topic.pass();
    await Promise.all(topics.map(leaveOne));
    expect(topics[0].reportedTwice).toEqual([]);
  });

  it('waits for a broker that is restarted, and says which records were gone', async () => {
    await broker.createTopic('restarted', 1);
    const receiver = await startReceiver();
    const sent: Sent = { violating: [] };
    const rules = `${CHECKED} rule again { across span.user.name within 1m when { name = "a" } never { name = "b" } }`;
    const serving = await serve(options('restarted', receiver, { rules }));
    await expect.poll(() => partitionsOf(serving)).toBe(1);
    // By stored blocks, of which there are none of this time.
    const storedUntil = (): Promise<number> =>
      serving.metric('betrace_rule_stored_until_timestamp_seconds', { rule: 'again' });
    await expect.poll(storedUntil).toBeGreaterThan(0);
    const rest = await begin('restarted', 0, 100, sent);
    await expect.poll(() => serving.metric('betrace_open_traces')).toBe(10);
    await broker.kill();
    await expect.poll(() => serving.metric('betrace_kafka_reading')).toBe(0);
    expect(await readinessOf(serving, 'topic')).toMatchObject({ ready: true, state: 'failing' });
    // Longer than a trace is waited for: it was not silent, the broker was.
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    expect(receiver.violated()).toEqual([]);
    await broker.resume();
    await rest();
    await finds(sent, receiver);
    await serving.kill();
    for (let n = 2; n < 6; n++) await (await begin('restarted', 0, n * 100, { violating: [] }))();
    await broker.letGo('restarted', 0, 8n);
    const last = await serve(options('restarted', receiver));
    await expect.poll(() => last.metric('betrace_kafka_lost_records_total')).toBeGreaterThan(0);
    expect(last.log()).toContain('BT5047');
  });
});
