/** The topic that is configured, as a source of live judging. */
import { readFile } from 'node:fs/promises';
import type { Handover } from '../../engine/live/handover.js';
import type { Config } from '../config/schema.js';
import type { SpanSink } from '../otlp/receiver.js';
import { boundedErrors } from '../shared/error-log.js';
import type { Logger } from '../shared/log.js';
import { StartError } from '../shared/start-error.js';
import { isTenantId } from '../shared/tenant-id.js';
import { KafkaSource, type KafkaSourceParts } from './kafka-source.js';
import { openTopic } from './platformatic-topic.js';
import type { ReadingClock } from './reading-clock.js';

export interface SourceContext {
  readonly config: Config;
  readonly log: Logger;
  readonly sink: SpanSink;
  readonly handover: Handover;
  readonly clock: ReadingClock;
}

/** Rejects with `StartError` where the client is not installed or a file of `live.kafka` cannot be read. Nothing is read before `start`. */
export async function openSource({
  config,
  log,
  sink,
  handover,
  clock,
}: SourceContext): Promise<KafkaSource> {
  const { maxAge, grace, kafka } = config.live;
  const { brokers, topic, group, start, session, commitEvery, saslMechanism: mechanism } = kafka;
  const { saslUsername: username, saslPassword: password } = kafka;
  const tls = await tlsOf(kafka);
  const problems = boundedErrors(log, 'reading the topic');
  return new KafkaSource({
    topic: await openTopic({
      ...{ brokers, topic, group, sessionMs: session },
      ...(tls === undefined ? {} : { tls }),
      ...(username === undefined || password === undefined
        ? {}
        : { sasl: { mechanism, username, password } }),
    }),
    ...{ sink, handover, clock, start },
    wall: Date.now,
    lookBackMs: maxAge + grace,
    commitEveryMs: commitEvery,
    tenantOf: tenantOf(config),
    onProblem: (message) => problems(message),
    onAssigned: (partitions) => log.info({ topic, group, partitions }, 'reading partitions'),
    pause: async (ms) => await new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

/** Without multitenancy the records of other tenants are passed over: Tempo without it writes `single-tenant`. */
export function tenantOf({
  multitenancyEnabled,
  tenant,
}: Pick<Config, 'multitenancyEnabled' | 'tenant'>): KafkaSourceParts['tenantOf'] {
  return (key) => {
    const name = key === undefined ? '' : Buffer.from(key).toString();
    if (!isTenantId(name)) return { refused: 'key' };
    return multitenancyEnabled || name === tenant ? name : { refused: 'tenant' };
  };
}

/** As `tls.connect` takes it; undefined without TLS. */
async function tlsOf({ tls, caFile, certFile, keyFile }: Config['live']['kafka']) {
  const files = Object.entries({ ca: caFile, cert: certFile, key: keyFile }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (!tls && files.length === 0) return undefined;
  const read = async ([name, path]: readonly [string, string]): Promise<[string, Buffer]> => [
    name,
    await readFile(path).catch((error: unknown) => {
      throw new StartError('BT5045', `live.kafka names "${path}", which cannot be read`, { cause: error });
    }),
  ];
  return Object.fromEntries(await Promise.all(files.map(read)));
}
