/** The one place where questions over stored traces meet what they may use: memory, time, a turn, and the tenant's blocks. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FlatCache, openFlatCache } from '../../engine/blocks/cache/cache.js';
import { defaultCacheDirectory } from '../../engine/blocks/cache/cache-directory.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import type { Tenant } from '../../engine/blocks/listing/tenants.js';
import { BlockWatch } from '../../engine/blocks/listing/watch.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { BlockValues } from '../../engine/query/block-values.js';
import { findTrace } from '../../engine/query/trace-by-id.js';
import type { TraceResult } from '../../engine/query/trace-result.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import type { BlockTraces } from '../../engine/spans/traces.js';
import type { Window } from '../../engine/sql/relations/window.js';
import type { Config } from '../config/schema.js';
import { engineOf } from '../config/storage-place.js';
import type { Call } from '../http/call.js';
import type { Logger } from '../shared/log.js';
import type { ServiceMetrics } from '../shared/metrics.js';
import { Admission } from './admission.js';
import { asHttpError } from './as-http-error.js';
import { Catalogues } from './catalogues.js';
import { QueryEngine } from './query-engine.js';

/** What a question is called in metrics. */
export type QueryKind =
  | 'search'
  | 'metrics'
  | 'trace'
  | 'tags'
  | 'tag-values'
  | 'violations'
  | 'schema'
  | 'windows'
  | 'flows';

export interface QueryServiceOptions {
  readonly config: Pick<Config, 'storage' | 'engine' | 'query' | 'tenant' | 'multitenancyEnabled'>;
  readonly storage: Storage;
  readonly metrics: ServiceMetrics;
  readonly log: Logger;
}

export class QueryService {
  readonly storage: Storage;
  readonly cache: FlatCache;
  readonly flatten: FlattenPool;
  /** Knows the tenants and their blocks. */
  readonly watch: BlockWatch;
  /** What spans carry, for completion. */
  readonly catalogues: Catalogues;
  /** What looking up traces keeps in memory. */
  readonly files: BlockFiles;
  /** What answers about values of attributes keep in memory. */
  readonly values: BlockValues;
  /** Reads the blocks instead of this process; undefined where this process does. */
  readonly engine: QueryEngine | undefined;
  private readonly databases: RunDatabases;
  private readonly admission: Admission;
  private readonly metrics: ServiceMetrics;
  private readonly config: QueryServiceOptions['config'];
  /** Removed when the service stops; nobody else's. */
  readonly temporary: string;

  constructor({ config, storage, metrics, log }: QueryServiceOptions) {
    this.config = config;
    this.storage = storage;
    this.metrics = metrics;
    this.cache = openFlatCache({
      directory: config.storage.cacheDirectory ?? defaultCacheDirectory(),
      maxBytes: config.storage.cacheSize,
    });
    this.temporary = join(this.cache.directory, 'tmp', `${process.pid}-${randomBytes(8).toString('hex')}`);
    mkdirSync(this.temporary, { recursive: true, mode: 0o700 });
    this.flatten = new FlattenPool({ storage, memory: Math.floor(config.query.memory / 2) });
    this.watch = new BlockWatch({
      storage,
      ...(config.storage.refresh !== undefined && { intervalMs: config.storage.refresh }),
      ...(!config.multitenancyEnabled && { asked: [config.tenant] }),
      onChange: ({ name }, { appeared, vanished }) => {
        log.info({ tenant: name, appeared: appeared.length, vanished: vanished.length }, 'blocks changed');
        this.catalogues.changed(name);
      },
    });
    this.catalogues = new Catalogues({ storage, cache: this.cache, flatten: this.flatten }, this.watch, log);
    const engine = engineOf(config);
    this.engine = engine && new QueryEngine({ ...engine, blocks: this.watch, metrics, log });
    this.files = new BlockFiles(storage);
    this.databases = new RunDatabases(config.query.concurrency);
    this.values = new BlockValues(this.databases);
    this.admission = new Admission({
      slots: config.query.concurrency,
      queue: config.query.queue,
      onChange: (running, waiting) => {
        metrics.queriesRunning.set(running);
        metrics.queriesWaiting.set(waiting);
      },
    });
  }

  /** Resolves when tenants and blocks are known, or the storage could not be listed, which is tried again then. */
  async start(): Promise<void> {
    await this.watch.start();
  }

  tenant(name: string): Tenant {
    return this.watch.find(name);
  }

  /**
   * Waits for a turn and runs `work` with what one question may use: the tenant of the call, its signal, and a share of the memory. The blocks are read by
   * the engine, where there is one. Rejects with `HttpError`: 429 where too many wait, 422 where the memory is not enough, 503 where the engine cannot be
   * asked; with the signal's reason after an abort.
   */
  async ask<T>(
    call: Call,
    kind: QueryKind,
    window: Window,
    work: (traces: BlockTraces) => Promise<T>,
  ): Promise<T> {
    return await this.askHere(call, kind, window, (traces) =>
      this.over(traces, this.config.query.timeout, work),
    );
  }

  /** The same for what only this process can answer. */
  async askHere<T>(
    call: Call,
    kind: QueryKind,
    window: Window,
    work: (traces: StoredTraces) => Promise<T>,
  ): Promise<T> {
    const asked = performance.now();
    try {
      return await this.admission.run(call.tenant, call.signal, async (slot) => {
        const started = performance.now();
        this.metrics.queryWait.observe({ kind }, (started - asked) / 1000);
        let outcome = 'failed';
        try {
          const result = await work(this.storedTraces(call.tenant, window, `query-${slot}`, call.signal));
          outcome = 'answered';
          return result;
        } catch (error) {
          if (call.signal.aborted) outcome = 'cancelled';
          throw error;
        } finally {
          this.metrics.queryDuration.observe({ kind, outcome }, (performance.now() - started) / 1000);
        }
      });
    } catch (error) {
      throw call.signal.aborted ? call.signal.reason : asHttpError(error);
    }
  }

  /** Runs `work` over these traces, read by the engine where there is one, whose statements may take so long (ms). */
  async over<T>(
    traces: StoredTraces,
    timeoutMs: number,
    work: (traces: BlockTraces) => Promise<T>,
  ): Promise<T> {
    return this.engine === undefined
      ? await work(traces)
      : await this.engine.over(traces, Math.ceil(timeoutMs / 1000), work);
  }

  /** The trace with the id (32 hex digits), whole; rejects as `ask` does. */
  async trace(call: Call, traceId: string, window: Window = {}): Promise<TraceResult> {
    return await this.askHere(call, 'trace', window, async ({ tenant }) => {
      const { watch, files } = this;
      const lookup = { tenant, blocks: watch, files, window, signal: call.signal };
      return await findTrace(lookup, Buffer.from(traceId, 'hex'));
    });
  }

  /** What one question may use. No two at once may have the same `place`, as each writes pages of its own there. */
  storedTraces(tenant: string, window: Window, place: string, signal: AbortSignal): StoredTraces {
    return {
      storage: this.storage,
      tenant: this.tenant(tenant),
      blocks: this.watch,
      databases: this.databases,
      window,
      cache: this.cache,
      flatten: this.flatten,
      memory: Math.floor(this.config.query.memory / this.config.query.concurrency),
      // Named for the tenant as well: a database is kept for runs with the same options, and none may see two tenants.
      tempDirectory: join(this.temporary, `${place}-${hashOf(tenant)}`),
      signal,
    };
  }

  /** Ends workers and removes what was half written. Questions that still run fail. */
  async close(): Promise<void> {
    await this.watch.stop();
    await this.engine?.close();
    await this.catalogues.close();
    await this.flatten.close();
    await this.databases.close();
    this.cache.removeOwnTemporariesNow();
    rmSync(this.temporary, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
