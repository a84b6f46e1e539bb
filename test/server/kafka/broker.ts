/** A real broker on loopback. `install-broker.sh` puts it into the folder that KAFKA_BROKER names. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin, Producer } from '@platformatic/kafka';
import { freePort } from '../../blocks/buckets/servers.js';
import { type Certificate, selfSigned } from '../../support/certificate.js';

const folder = process.env.KAFKA_BROKER ?? '';

/** Why no broker can be started here; undefined where one can. */
export const MISSING =
  folder === ''
    ? 'KAFKA_BROKER names no folder'
    : existsSync(join(folder, 'kafka'))
      ? undefined
      : `${join(folder, 'kafka')} is not there`;

const JAVA = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-cp', join(folder, 'kafka', '*')];

/** Who a broker with TLS and SASL lets in. */
export interface Guard {
  /** Of the broker, and what a client has to show: a broker also has to trust itself. */
  readonly certificate: Certificate;
  /** By PLAIN and both kinds of SCRAM. */
  readonly username: string;
  readonly password: string;
}

export function makeGuard(): Guard {
  return { certificate: selfSigned(), username: 'reader', password: 'it is secret' };
}

export class Broker {
  readonly address: string;
  readonly #work: string;
  readonly #port: number;
  readonly #admin: Admin;
  readonly #producer: Producer;
  #process: ChildProcess | undefined;

  private constructor(work: string, port: number, guard?: Guard) {
    this.#work = work;
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    const client = {
      clientId: 'test',
      bootstrapBrokers: [this.address],
      retries: 20,
      retryDelay: 500,
      ...(guard && {
        tls: { ca: guard.certificate.cert, ...guard.certificate },
        sasl: { mechanism: 'PLAIN' as const, username: guard.username, password: guard.password },
      }),
    };
    this.#admin = new Admin(client);
    this.#producer = new Producer(client);
  }

  /** Without a guard it lets everybody in. */
  static async start(guard?: Guard): Promise<Broker> {
    const work = mkdtempSync(join(tmpdir(), 'betrace-kafka-'));
    const [port, controller] = [await freePort(), await freePort()];
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      listeners: `${guard ? 'SASL_SSL' : 'PLAINTEXT'}://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'log.dirs': join(work, 'data'),
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '1',
      'group.initial.rebalance.delay.ms': '0',
      ...(guard && guarded(guard)),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(work, 'kafka.properties'), lines.join(''));
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c'];
    const users = guard === undefined ? [] : scramUsers(guard);
    execFileSync('java', [...JAVA, ...format, join(work, 'kafka.properties'), ...users], { stdio: 'ignore' });
    const broker = new Broker(work, port, guard);
    await broker.resume();
    return broker;
  }

  /** Starts it again with what it has on disk. */
  async resume(): Promise<void> {
    const child = spawn('java', [...JAVA, 'kafka.Kafka', join(this.#work, 'kafka.properties')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    let said = '';
    child
      .stderr!.setEncoding('utf8')
      .on('data', (text: string) => (said += /^.*(?:ERROR|Exception).*$/gm.exec(text)?.[0] ?? ''));
    for (let n = 0; n < 600; n++) {
      if (child.exitCode !== null) throw new Error(`the broker ended: ${said}`);
      if (await answers(this.#port)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the broker does not listen after a minute');
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#admin.createPartitions({ topics: [{ name: topic, count }] });
  }

  /** Lets go of the records before the offset, as retention does. */
  async letGo(topic: string, partition: number, offset: bigint): Promise<void> {
    await this.#admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset }] }] });
  }

  /** `writtenMs`: what the record says of when it was written, in milliseconds since the Unix epoch. */
  async send(topic: string, partition: number, value: Uint8Array, writtenMs = Date.now()): Promise<void> {
    await this.sendAll(topic, [[partition, value]], writtenMs);
  }

  /** Of each record its partition and its value. */
  async sendAll(
    topic: string,
    records: readonly (readonly [number, Uint8Array])[],
    writtenMs = Date.now(),
  ): Promise<void> {
    const [key, timestamp] = [Buffer.from('single-tenant'), BigInt(writtenMs)];
    const messages = records.map(([partition, value]) => ({
      ...{ topic, partition, key, timestamp },
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    }));
    await this.#producer.send({ messages, compression: 'snappy' });
  }

  async stop(): Promise<void> {
    await this.#producer.close().catch(() => undefined);
    await this.#admin.close().catch(() => undefined);
    await this.kill();
    rmSync(this.#work, { recursive: true, force: true });
  }
}

/** TLS by PEM, with a certificate of the client, and every mechanism that is a setting. */
function guarded({ certificate, username, password }: Guard): Readonly<Record<string, string>> {
  const inline = (pem: string): string => pem.trim().replaceAll('\n', '\\n');
  const security = 'org.apache.kafka.common.security';
  const plain = `username="${username}" password="${password}" user_${username}="${password}"`;
  return {
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required ${plain};`,
    ...Object.fromEntries(
      ['scram-sha-256', 'scram-sha-512'].map((mechanism) => [
        `listener.name.sasl_ssl.${mechanism}.sasl.jaas.config`,
        `${security}.scram.ScramLoginModule required;`,
      ]),
    ),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': inline(certificate.cert),
    'ssl.keystore.key': inline(certificate.key),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': inline(certificate.cert),
    // Without the listener's name it counts for no user with a password.
    'listener.name.sasl_ssl.ssl.client.auth': 'required',
  };
}

function scramUsers({ username, password }: Guard): readonly string[] {
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
