/** ClickHouse on a server, asked by HTTP: a session of its own, whose tables the server drops when it ends or nobody has asked for a while. */
import { randomUUID } from 'node:crypto';
import type { ClickHouseClient as HttpClient } from '@clickhouse/client';
import { messageOf } from '../../../shared/message-of.js';
import { EngineError } from '../../store/engine-error.js';
import { type ClickHouseClient, ClickHouseStore } from './store.js';

export interface ServerAddress {
  /** `http://host:8123` or `https://…`. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** Settings of ClickHouse for every statement. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Seconds without a statement after which the server drops the tables of a session: a replay that was killed leaves them for so long. */
export const SESSION_SECONDS = 600;
/** A statement over much may take long; its bounds are the server's. */
const LONGEST_MS = 24 * 3_600_000;
/** The first with all that the dialect says: materialized CTEs, views that are temporary. */
const LEAST_VERSION = [26, 1] as const;

/** Rejects with an `EngineError` where the server does not answer, lets nobody in, or is too old. */
export async function openServer(address: ServerAddress): Promise<ClickHouseStore> {
  const client = await ServerClient.open(address);
  try {
    const version = (await client.query('SELECT version()')).trim();
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]))
      throw new EngineError(
        'BT3017',
        `${address.url} is ClickHouse ${version}, and ${LEAST_VERSION.join('.')} or newer is needed`,
      );
    return await ClickHouseStore.open(client);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The hosts of a cluster that the server knows, one of each shard. Rejects with an `EngineError` where it knows none of that name. */
export async function shardsOf(address: ServerAddress, cluster: string): Promise<readonly string[]> {
  const client = await ServerClient.open(address);
  try {
    const quoted = cluster.replaceAll(/[\\']/g, '\\$&');
    const answer = await client.query(
      `SELECT any(host_name) FROM system.clusters WHERE cluster = '${quoted}' GROUP BY shard_num ORDER BY shard_num FORMAT TabSeparatedRaw`,
    );
    const hosts = answer.split('\n').filter((host) => host !== '');
    if (hosts.length === 0)
      throw new EngineError('BT3017', `${address.url} knows no cluster ${JSON.stringify(cluster)}`);
    return hosts;
  } finally {
    client.close();
  }
}

class ServerClient implements ClickHouseClient {
  private readonly url: string;
  private readonly client: HttpClient;
  /** Of the statement that is running. */
  private running: { readonly id: string; readonly abort: AbortController } | undefined;

  private constructor(url: string, client: HttpClient) {
    this.url = url;
    this.client = client;
  }

  static async open({ url, user, password, settings = {} }: ServerAddress): Promise<ServerClient> {
    const { createClient } = await import('@clickhouse/client').catch((error: unknown) => {
      throw new EngineError(
        'BT3017',
        'the package @clickhouse/client is not installed: npm install @clickhouse/client',
        { cause: error },
      );
    });
    const client = createClient({
      url,
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      application: 'betrace',
      session_id: randomUUID(),
      request_timeout: LONGEST_MS,
      // What it logs holds statements, and those hold what users look for.
      log: { level: 127 },
      clickhouse_settings: { ...settings, session_timeout: String(SESSION_SECONDS), wait_end_of_query: 1 },
    });
    return new ServerClient(url, client);
  }

  async query(statement: string): Promise<string> {
    const running = { id: randomUUID(), abort: new AbortController() };
    this.running = running;
    try {
      const { stream } = await this.client.exec({
        query: statement,
        query_id: running.id,
        abort_signal: running.abort.signal,
      });
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      return Buffer.concat(parts).toString('utf8');
    } catch (error) {
      throw this.errorOf(error);
    } finally {
      if (this.running === running) this.running = undefined;
    }
  }

  interrupt(): void {
    const running = this.running;
    if (running === undefined) return;
    running.abort.abort();
    // The connection is gone, the statement is not.
    void this.client
      .command({
        query: `KILL QUERY WHERE query_id = '${running.id}' ASYNC`,
        session_id: randomUUID(),
      })
      .catch(() => undefined);
  }

  close(): void {
    void this.client.close();
  }

  /** What the server says of a statement stays what it is, with its name, as it may be about one rule. */
  private errorOf(error: unknown): Error {
    const { code, type } = error as { readonly code?: unknown; readonly type?: unknown };
    const message = messageOf(error);
    if (typeof type === 'string') {
      if (REFUSALS.has(type)) return new EngineError('BT3017', `${this.url}: ${message} (${type})`);
      if (BOUNDS.has(type)) return new EngineError('BT3018', `${this.url}: ${message} (${type})`);
      return new Error(`${message} (${type})`, { cause: error });
    }
    if (error instanceof Error && error.name === 'AbortError') return error;
    return new EngineError(
      'BT3017',
      `${this.url}: ${message === '' ? String(code ?? 'no answer') : message}`,
      { cause: error },
    );
  }
}

/** `ErrorCodes.cpp` of ClickHouse. */
const REFUSALS = new Set([
  'AUTHENTICATION_FAILED',
  'REQUIRED_PASSWORD',
  'WRONG_PASSWORD',
  'UNKNOWN_USER',
  'ACCESS_DENIED',
  'READONLY',
  'UNKNOWN_SETTING',
  'SETTING_CONSTRAINT_VIOLATION',
  'SESSION_IS_LOCKED',
  'SESSION_NOT_FOUND',
]);
const BOUNDS = new Set([
  'TIMEOUT_EXCEEDED',
  'TOO_MANY_ROWS',
  'TOO_MANY_BYTES',
  'TOO_MANY_ROWS_OR_BYTES',
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'QUOTA_EXCEEDED',
]);
