/** A process that judges what it reads from a topic, with a clock that the test moves. */
import type { Evaluator } from '../../../engine/live/judge/evaluator.js';
import { KafkaSource } from '../../../server/kafka/kafka-source.js';
import { tenantOf } from '../../../server/kafka/open-source.js';
import { ReadingClock } from '../../../server/kafka/reading-clock.js';
import { TestLive } from '../../live/support.js';
import type { FakeBroker, FakeTopic } from './fake-topic.js';

export const RULES = 'rule checked { when { name = "charge" } always { name = "check" } }';
export const TENANT = 'shop';

/** Milliseconds since the Unix epoch at which the clocks of these tests begin. */
export const BEGUN_MS = 1_700_000_000_000;

export interface ReplicaOptions {
  readonly evaluator?: Evaluator;
  readonly start?: 'latest' | 'earliest';
  readonly multitenancyEnabled?: boolean;
  readonly maxBytes?: number;
}

export class Replica {
  readonly live: TestLive;
  readonly problems: string[] = [];
  source!: KafkaSource;
  #topic!: FakeTopic;
  readonly #broker: FakeBroker;
  readonly #options: ReplicaOptions;

  private constructor(live: TestLive, broker: FakeBroker, options: ReplicaOptions) {
    this.live = live;
    this.#broker = broker;
    this.#options = options;
    this.#begin();
  }

  static async start(broker: FakeBroker, options: ReplicaOptions = {}): Promise<Replica> {
    const { evaluator, maxBytes } = options;
    const live = await TestLive.start({
      rules: RULES,
      sentAgain: true,
      ...(evaluator === undefined ? {} : { evaluator }),
      ...(maxBytes === undefined ? {} : { settings: { maxBytes } }),
    });
    return new Replica(live, broker, options);
  }

  #begin(): void {
    const { start = 'earliest', multitenancyEnabled = false } = this.#options;
    const wall = (): number => BEGUN_MS + this.live.time;
    this.#topic = this.#broker.member();
    this.source = new KafkaSource({
      topic: this.#topic,
      sink: { accept: async (tenant, body) => await this.live.live.accept(tenant, body) },
      handover: this.live.live.handover,
      clock: new ReadingClock(wall, 2_000),
      wall,
      start,
      lookBackMs: 360_000,
      commitEveryMs: 1_000,
      tenantOf: tenantOf({ multitenancyEnabled, tenant: TENANT }),
      onProblem: (message) => this.problems.push(message),
      onAssigned: () => undefined,
      pause: async () => await this.live.live.tick(),
    });
  }

  /** Reads until nothing new is there; a broker that is down is as if there was nothing. */
  async read(): Promise<void> {
    for (let n = 0; n < 1_000; n++) {
      const before = this.#read;
      try {
        await this.source.cycle();
      } catch {
        return;
      }
      if (this.#read === before && this.source.partitions.every(({ lag }) => lag === 0)) return;
    }
    throw new Error('there is always more to read');
  }

  get #read(): string {
    return JSON.stringify([this.source.counters.reassigned, this.source.partitions]);
  }

  /** Reads and judges, second after second. */
  async wait(seconds: number): Promise<void> {
    for (let n = 0; n < seconds; n++) {
      await this.read();
      await this.live.wait(1);
    }
  }

  /** Kills the process, and starts another with what is on its disk. */
  async crash(): Promise<void> {
    this.#broker.leave(this.#topic);
    await this.live.crash();
    this.#begin();
  }

  /** Ends it in good order. */
  async leave(): Promise<void> {
    await this.source.stop();
  }
}
