/** Replicas that share a topic, and stored blocks of a day that each of them could judge: for them the time passes hours at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { betrace, FIXTURES } from '../cli/support.js';
import { type ServeOptions, type Serving, serve, traceNow } from '../live/process.js';
import { startReceiver, type ViolationReceiver } from '../live/receiver.js';
import { temporaryDirectory } from '../service/support.js';
import type { Broker } from './broker.js';
import { pushOf } from './push.js';

const HOUR_MS = 3_600_000;
/** The day of the blocks. */
const DAY_MS = Date.UTC(2026, 10, 21);
/** Windows are judged from five o'clock on, and cases of rules across traces. */
const FROM_MS = DAY_MS + 5 * HOUR_MS;
/** For stored blocks it is that time when replicas start. */
const BEGIN_MS = DAY_MS + 6 * HOUR_MS + 600_000;
/** What passes at once: several windows end in it. */
const JUMP_MS = 3 * HOUR_MS;
/** How far behind the machine their clocks are when they start: a broker takes no records of times to come. */
const BEHIND_MS = 12 * HOUR_MS;

/** At first. */
const PARTITIONS = 3;

const BLOCKS = join(FIXTURES, 'flow-v5', 'blocks');
const WINDOWS = 'busy-hour';
const ACROSS = 'order-ships';
const RULES = `
rule ${WINDOWS} { over 1h  never { name = "order.created" } | count_over_time() > 0 }
rule ${ACROSS} {
  across span.order.id within 1h
  when   { name = "order.created" } as o
  always { name = "order.shipped" } after o within 10m
}`;

interface Replayed {
  readonly rules: readonly {
    readonly id: string;
    readonly violations: readonly { readonly id: string; readonly time?: string; readonly from?: string }[];
  }[];
}

/** Ids of violations by their rules, each with the time that decides when it is judged: the end of a window, the time of a case. */
type Found = ReadonlyMap<string, ReadonlyMap<string, number>>;

let replayed: Promise<Found> | undefined;

async function replay(): Promise<Found> {
  const rules = join(temporaryDirectory(), 'rules.betrace');
  writeFileSync(rules, RULES);
  const range = [
    '--from',
    new Date(DAY_MS).toISOString(),
    '--to',
    new Date(DAY_MS + 24 * HOUR_MS).toISOString(),
  ];
  const { out } = await betrace([
    'replay',
    rules,
    '--blocks',
    BLOCKS,
    ...range,
    '--limit',
    '10000',
    '--format',
    'json',
  ]);
  return new Map(
    (JSON.parse(out) as Replayed).rules.map(({ id, violations }) => [
      id,
      new Map(violations.map((found) => [found.id, Date.parse(found.time ?? found.from ?? '')])),
    ]),
  );
}

export class OwnedTopic {
  readonly alive = new Map<string, Serving>();
  /** All processes that there were. */
  readonly served: Serving[] = [];
  private readonly paused = new Set<Serving>();
  private passedMs = 0;
  private number = 0;
  private partitions = PARTITIONS;
  private readonly delayMs = Date.now() - BEHIND_MS - BEGIN_MS;
  private readonly directory = temporaryDirectory();

  private constructor(
    private readonly broker: Broker,
    private readonly topic: string,
    private readonly receiver: ViolationReceiver,
    private readonly settings: ServeOptions['settings'],
  ) {}

  static async create(broker: Broker, topic: string, by: 'lease' | 'group'): Promise<OwnedTopic> {
    replayed ??= replay();
    await broker.createTopic(topic, PARTITIONS);
    const receiver = await startReceiver();
    const directory = temporaryDirectory();
    const leased = { 'live.owners': join(directory, 'owners'), 'live.owner_lease': '3s' };
    return new OwnedTopic(broker, topic, receiver, by === 'lease' ? leased : {});
  }

  /** Starts replicas, or again one that was killed, with what it has on disk. */
  async start(...names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const serving = await serve({
          directory: temporaryDirectory(),
          export: this.receiver.url,
          withoutPorts: true,
          rules: RULES,
          env: { TEST_CLOCK_OFFSET_MS: String(this.clockMs) },
          settings: {
            'storage.blocks': BLOCKS,
            'storage.cache_directory': join(this.directory, 'cache'),
            'live.directory': join(this.directory, name),
            'live.source': 'kafka',
            'live.kafka.brokers': this.broker.address,
            'live.kafka.topic': this.topic,
            'live.kafka.group': `group-of-${this.topic}`,
            'live.kafka.start': 'earliest',
            'live.kafka.session': '6s',
            'live.kafka.commit_every': '1s',
            'live.quiet_after': '1s',
            'live.grace': '1s',
            'live.over_delay': `${this.delayMs}ms`,
            ...this.settings,
          },
        });
        this.alive.set(name, serving);
        this.served.push(serving);
      }),
    );
  }

  /** Spans come, and are over; then hours pass for all. */
  async pass(): Promise<void> {
    for (let partition = 0; partition < this.partitions; partition++)
      await this.broker.send(
        this.topic,
        partition,
        pushOf(traceNow(++this.number, 'charge', 'check')),
        Date.now() + this.clockMs,
      );
    await this.passUnread();
  }

  /** Hours pass, and no spans come. */
  async passUnread(): Promise<void> {
    this.passedMs += JUMP_MS;
    await Promise.all(this.awake.map(async (serving) => await serving.setClock(this.clockMs)));
  }

  /** Adds a partition, which the group notices when it counts them next, and divides all anew. */
  async grow(): Promise<void> {
    this.partitions++;
    await this.broker.addPartitions(this.topic, this.partitions);
  }

  /** Each partition is read by one that is awake. */
  async readsAll(): Promise<void> {
    const assigned = async (): Promise<number> => {
      const lags = this.awake.map(async ({ url }) =>
        (await (await fetch(`${url}/metrics`)).text()).match(/^betrace_kafka_lag_records\{/gm),
      );
      return (await Promise.all(lags)).reduce((sum, found) => sum + (found?.length ?? 0), 0);
    };
    await expect.poll(assigned, { interval: 500, timeout: 60_000 }).toBe(this.partitions);
  }

  /** The replica that has judged both rules of what is due by now, and its name. */
  async owner(): Promise<readonly [string, Serving]> {
    let found: readonly [string, Serving] | undefined;
    await expect
      .poll(
        async () => {
          for (const [name, serving] of this.alive)
            if (!this.paused.has(serving) && (await this.hasJudged(serving))) found = [name, serving];
          return found;
        },
        // They have more to do than to say so.
        { interval: 500, timeout: 60_000 },
      )
      .toBeDefined();
    return found!;
  }

  async kill(name: string): Promise<void> {
    await this.alive.get(name)!.kill();
    this.alive.delete(name);
  }

  async stop(name: string): Promise<void> {
    expect(await this.alive.get(name)!.stop()).toBe(0);
    this.alive.delete(name);
  }

  pause(serving: Serving): void {
    serving.process.kill('SIGSTOP');
    this.paused.add(serving);
  }

  async resume(serving: Serving): Promise<void> {
    serving.process.kill('SIGCONT');
    this.paused.delete(serving);
    await serving.setClock(this.clockMs);
  }

  /** In the midst of it, what it does next is not done. */
  async begins(serving: Serving, work: () => Promise<void>): Promise<void> {
    const before = reportedBy(serving).length;
    await work();
    await expect
      .poll(() => reportedBy(serving).length, { interval: 20, timeout: 60_000 })
      .toBeGreaterThan(before);
  }

  /** What a replay finds of what they have judged is there, and nothing else. */
  async findsAll(): Promise<void> {
    const [, last] = await this.owner();
    const found = await replayed!;
    for (const [rule, violations] of found) {
      const until = (await untilOf(last, rule)) * 1000;
      const expected = [...violations]
        .filter(([, time]) => time >= FROM_MS && time < until)
        .map(([id]) => id);
      expect(expected.length, rule).toBeGreaterThan(5);
      const missing = (): readonly string[] => expected.filter((id) => !this.received(rule).includes(id));
      await expect.poll(missing, { timeout: 60_000 }).toEqual([]);
      // An owner by the group begins before what it is sure of, and that may be before the first began.
      expect(this.received(rule).filter((id) => (violations.get(id) ?? until) >= until)).toEqual([]);
    }
  }

  /** Ids that the log of some replica has twice, or those of two. */
  get reportedTwice(): readonly string[] {
    const all = this.served.flatMap(reportedBy);
    return all.filter((id, n) => all.indexOf(id) !== n);
  }

  /** Of the replicas, from that of the machine. */
  private get clockMs(): number {
    return this.passedMs - BEHIND_MS;
  }

  private get awake(): readonly Serving[] {
    return [...this.alive.values()].filter((serving) => !this.paused.has(serving));
  }

  private received(rule: string): readonly string[] {
    return [...this.receiver.spans.values()]
      .filter(({ attributes }) => attributes['betrace.rule.id'] === rule)
      .map(({ attributes }) => String(attributes['betrace.violation.id']));
  }

  private async hasJudged(serving: Serving): Promise<boolean> {
    const due = (BEGIN_MS + this.passedMs) / 1000;
    // The last window that is over; cases before some that are not decided yet.
    return due - (await untilOf(serving, WINDOWS)) < 3600 && due - (await untilOf(serving, ACROSS)) < 3600;
  }
}

async function untilOf(serving: Serving, rule: string): Promise<number> {
  return await serving.metric('betrace_rule_stored_until_timestamp_seconds', { rule });
}

function reportedBy(serving: Serving): readonly string[] {
  return serving
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"violation"'))
    .map((line) => (JSON.parse(line) as { readonly violation: string }).violation);
}
