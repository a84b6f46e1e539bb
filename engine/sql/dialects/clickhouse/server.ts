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
/** A server that does not take it by then is not reached. */
const KILL_MS = 10_000;
/** A statement over much may take long; its bounds are the server's. */
const LONGEST_MS = 24 * 3_600_000;
/** The first with all that the dialect says: materialized CTEs, views that are temporary. */
const LEAST_VERSION = [26, 1] as const;

/** Rejects with an `EngineError` where the server does not answer, lets nobody in, or is too old; with the reason of the signal after an abort. */
export async function openServer(address: ServerAddress, signal?: AbortSignal): Promise<ClickHouseStore> {
  const client = await ServerClient.open(address, signal);
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
    signal?.throwIfAborted();
    throw error;
  } finally {
    client.opened();
  }
}

/** The hosts of a cluster that the server knows, one of each shard. Rejects with an `EngineError` where it knows none of that name. */
export async function shardsOf(
  address: ServerAddress,
  cluster: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const client = await ServerClient.open(address, signal);
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
    client.opened();
    client.close();
  }
}

class ServerClient implements ClickHouseClient {
  private readonly url: string;
  private readonly client: HttpClient;
  /** Of the statement that is running. */
  private running: { readonly id: string; readonly abort: AbortController } | undefined;
  private readonly kills = new Set<Promise<void>>();
  /** Aborts what is asked before there is a store that could be interrupted. */
  private opening: AbortSignal | undefined;
  private readonly stop = (): void => this.interrupt();

  private constructor(url: string, client: HttpClient, opening: AbortSignal | undefined) {
    this.url = url;
    this.client = client;
    this.opening = opening;
    opening?.addEventListener('abort', this.stop);
  }

  static async open(
    { url, user, password, settings = {} }: ServerAddress,
    signal?: AbortSignal,
  ): Promise<ServerClient> {
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
    return new ServerClient(url, client, signal);
  }

  opened(): void {
    this.opening?.removeEventListener('abort', this.stop);
    this.opening = undefined;
  }

  async query(statement: string): Promise<string> {
    this.opening?.throwIfAborted();
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
    const kill = this.client
      .command({
        query: `KILL QUERY WHERE query_id = '${running.id}' ASYNC`,
        session_id: randomUUID(),
        abort_signal: AbortSignal.timeout(KILL_MS),
      })
      .then(
        () => undefined,
        () => undefined,
      );
    this.kills.add(kill);
    void kill.then(() => this.kills.delete(kill));
  }

  close(): void {
    // What is to stop a statement would be lost with the connections.
    void Promise.all(this.kills).then(() => this.client.close());
  }

  /** What the server says of a statement stays what it is, with its name, as it may be about one rule. */
  private errorOf(error: unknown): Error {
    const { code: reason, type } = error as { readonly code?: unknown; readonly type?: unknown };
    const message = messageOf(error);
    if (typeof type === 'string') {
      const code = REFUSALS.has(type) ? 'BT3017' : BOUNDS.has(type) ? 'BT3018' : undefined;
      if (code !== undefined) return new EngineError(code, `${this.url}: ${message} (${type})`, { type });
      return new Error(`${message} (${type})`, { cause: error });
    }
    if (error instanceof Error && error.name === 'AbortError') return error;
    return new EngineError(
      'BT3017',
      `${this.url}: ${message === '' ? String(reason ?? 'no answer') : message}`,
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
  // What is to be read is not where this server looks, or not for it.
  'FILE_DOESNT_EXIST',
  'PATH_ACCESS_DENIED',
  'DATABASE_ACCESS_DENIED',
  'NAMED_COLLECTION_DOESNT_EXIST',
  'S3_ERROR',
  'AZURE_BLOB_STORAGE_ERROR',
  'NETWORK_ERROR',
]);
const BOUNDS = new Set([
  'TIMEOUT_EXCEEDED',
  'TOO_SLOW',
  // By somebody else: what is stopped here is not waited for.
  'QUERY_WAS_CANCELLED',
  'TOO_MANY_ROWS',
  'TOO_MANY_BYTES',
  'TOO_MANY_ROWS_OR_BYTES',
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'QUOTA_EXCEEDED',
]);
