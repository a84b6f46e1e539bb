/** A real broker on loopback. `install-broker.sh` puts it into the folder that KAFKA_BROKER names. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin, Producer } from '@platformatic/kafka';
import { freePort } from '../../blocks/buckets/servers.js';

const folder = process.env.KAFKA_BROKER ?? '';

/** Why no broker can be started here; undefined where one can. */
export const MISSING =
  folder === ''
    ? 'KAFKA_BROKER names no folder'
    : existsSync(join(folder, 'kafka'))
      ? undefined
      : `${join(folder, 'kafka')} is not there`;

const JAVA = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-cp', join(folder, 'kafka', '*')];

export class Broker {
  readonly address: string;
  readonly #work: string;
  readonly #port: number;
  readonly #admin: Admin;
  readonly #producer: Producer;
  #process: ChildProcess | undefined;

  private constructor(work: string, port: number) {
    this.#work = work;
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    const client = { clientId: 'test', bootstrapBrokers: [this.address], retries: 20, retryDelay: 500 };
    this.#admin = new Admin(client);
    this.#producer = new Producer(client);
  }

  static async start(): Promise<Broker> {
    const work = mkdtempSync(join(tmpdir(), 'betrace-kafka-'));
    const [port, controller] = [await freePort(), await freePort()];
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'log.dirs': join(work, 'data'),
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '1',
      'group.initial.rebalance.delay.ms': '0',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(work, 'kafka.properties'), lines.join(''));
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c'];
    execFileSync('java', [...JAVA, ...format, join(work, 'kafka.properties')], { stdio: 'ignore' });
    const broker = new Broker(work, port);
    await broker.resume();
    return broker;
  }

  /** Starts it again with what it has on disk. */
  async resume(): Promise<void> {
    const child = spawn('java', [...JAVA, 'kafka.Kafka', join(this.#work, 'kafka.properties')], {
      stdio: 'ignore',
    });
    this.#process = child;
    for (let n = 0; n < 600; n++) {
      if (child.exitCode !== null) throw new Error('the broker ended');
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

  async send(topic: string, partition: number, value: Uint8Array): Promise<void> {
    const key = Buffer.from('single-tenant');
    await this.#producer.send({
      messages: [{ topic, partition, key, value: Buffer.from(value) }],
      compression: 'snappy',
    });
  }

  async stop(): Promise<void> {
    await this.#producer.close().catch(() => undefined);
    await this.#admin.close().catch(() => undefined);
    await this.kill();
    rmSync(this.#work, { recursive: true, force: true });
  }
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
