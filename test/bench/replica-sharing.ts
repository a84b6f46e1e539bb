/** The two ways in which replicas share spans. */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Broker } from '../server/kafka/broker.js';
import { pushBytes } from '../server/kafka/push.js';
import { TraceRing } from '../support/trace-ring.js';
import { type BenchedService, type BenchedServiceOptions, startService } from './live-service.js';
import { otlpSender } from './otlp-sender.js';
import { tracesOf } from './replica-load.js';

export interface SharingOptions extends Pick<BenchedServiceOptions, 'directory' | 'exportTo' | 'rules'> {
  readonly replicas: number;
}

export interface Shared {
  readonly services: readonly BenchedService[];
  /** Resolves once the n-th request is taken, by the replicas or the broker. */
  send(request: number): Promise<void>;
  stop(): Promise<void>;
}

export type Sharing = (options: SharingOptions) => Promise<Shared>;

/** The stored blocks. */
const BLOCKS = 'flow-v5/blocks';
/** For them it is that time when replicas start: windows and cases are due that nothing is added to before an hour has passed. */
const BEGIN_MS = Date.UTC(2026, 10, 21, 6, 0, 30);
const REFUSED_MS = 200;

export const behindRouter: Sharing = async (options) => {
  const owners = `live.owners=${join(options.directory, 'owners')}`;
  const services = await startAll(options, { settings: [owners] });
  const senders = services.map(({ grpcPort }) => otlpSender(grpcPort));
  const ring = new TraceRing(services.map((_, n) => `betrace-${n}:4317`));
  return {
    services,
    send: async (request) => {
      const parts = [...tracesOf(request, (id) => ring.endpointOf(id))];
      await Promise.all(
        parts.map(async ([replica, traces]) => {
          const body = Buffer.concat(traces.map(({ bytes }) => bytes));
          while (!(await senders[replica]!.send(body)))
            await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
        }),
      );
    },
    stop: async () => {
      for (const sender of senders) sender.close();
      await stopAll(services);
    },
  };
};

const PARTITIONS = 6;

export function outOfTopic(broker: Broker): Sharing {
  let topics = 0;
  return async (options) => {
    const topic = `shared-${++topics}`;
    await broker.createTopic(topic, PARTITIONS);
    const kafka = {
      'live.source': 'kafka',
      'live.kafka.brokers': broker.address,
      'live.kafka.topic': topic,
      'live.kafka.group': topic,
      'live.kafka.start': 'earliest',
    };
    const settings = Object.entries(kafka).map(([name, value]) => `${name}=${value}`);
    const services = await startAll(options, { settings, readsTopic: true });
    const counts = async (): Promise<readonly number[]> =>
      await Promise.all(
        services.map(async (service) => (await service.metrics()).count('betrace_kafka_lag_records')),
      );
    while ((await counts()).some((count) => count !== PARTITIONS / services.length))
      await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
    return {
      services,
      send: async (request) => {
        const parts = [...tracesOf(request, (id) => crc32(id) % PARTITIONS)];
        await broker.sendAll(
          topic,
          parts.map(([partition, traces]) => [
            partition,
            pushBytes({ traces: traces.map(({ bytes }) => bytes), ids: traces.map(({ id }) => id) }),
          ]),
        );
      },
      stop: async () => await stopAll(services),
    };
  };
}

async function startAll(
  { replicas, directory, exportTo, rules }: SharingOptions,
  { settings, readsTopic = false }: Pick<BenchedServiceOptions, 'settings' | 'readsTopic'>,
): Promise<readonly BenchedService[]> {
  const delay = `live.over_delay=${Date.now() - BEGIN_MS}ms`;
  const starting = Array.from({ length: replicas }, async (_, n) =>
    startService({
      ...{ directory: join(directory, `replica-${n}`), exportTo, rules, readsTopic, blocks: BLOCKS },
      settings: [...settings, delay],
    }),
  );
  return await Promise.all(starting);
}

async function stopAll(services: readonly BenchedService[]): Promise<void> {
  await Promise.all(services.map(async (service) => await service.stop()));
}
