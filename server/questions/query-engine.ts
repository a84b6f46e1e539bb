/** The engine of the service: who reads the blocks for a question, where a setting says so, and whether it can be asked. */
import type { BlockSource } from '../../engine/blocks/listing/block-source.js';
import { dividedTraces } from '../../engine/spans/shared-blocks.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import type { BlockTraces } from '../../engine/spans/traces.js';
import { EngineError } from '../../engine/sql/store/engine-error.js';
import { isOutOfMemory } from '../../engine/sql/store/out-of-memory.js';
import type { Store } from '../../engine/sql/store/store.js';
import type { engineOf } from '../config/storage-place.js';
import { withEngine } from '../engine/open-engine.js';
import type { Logger } from '../shared/log.js';
import type { ServiceMetrics } from '../shared/metrics.js';

export type EngineSettings = NonNullable<ReturnType<typeof engineOf>>;

export interface QueryEngineOptions extends EngineSettings {
  readonly blocks: BlockSource;
  readonly metrics: Pick<ServiceMetrics, 'engineQuestions'>;
  readonly log: Logger;
}

/** How questions end. */
export const ENGINE_OUTCOMES = ['answered', 'cancelled', 'refused', 'failed'] as const;

/** How often an engine that did not answer, or not in time, is asked whether it does. */
const TRY_MS = 5_000;
/** For that: it is asked for nothing. */
const TRY_SECONDS = 5;

interface Failure {
  readonly error: EngineError;
  /** A session that asks for nothing would not meet what a question was refused for. */
  readonly untilAnswered: boolean;
}

export class QueryEngine {
  private failure: Failure | undefined;
  /** A question was given up: because nobody waited for it, or because the engine is silent. */
  private isSilent = false;
  private readonly closing = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private trying: Promise<void>;

  constructor(private readonly options: QueryEngineOptions) {
    for (const outcome of ENGINE_OUTCOMES) options.metrics.engineQuestions.inc({ outcome }, 0);
    this.trying = this.tryIt();
    this.timer = setInterval(() => {
      if (this.isSilent || this.failure?.untilAnswered === false)
        this.trying = this.trying.then(() => this.tryIt());
    }, TRY_MS);
    this.timer.unref();
  }

  /** Why it cannot be asked, for everybody: the log says it with the address. */
  get problem(): string | undefined {
    if (this.failure === undefined) return undefined;
    const { code, type = 'no answer' } = this.failure.error;
    return `the engine cannot be asked: ${type} (${code})`;
  }

  /** Runs `work` over the traces as this engine has them, in sessions of their own. Rejects with an `EngineError` where it cannot be asked, or goes beyond a bound. */
  async over<T>(
    { storage, tenant, window, memory, tempDirectory, signal, onProgress }: StoredTraces,
    seconds: number,
    work: (traces: BlockTraces) => Promise<T>,
  ): Promise<T> {
    const { blocks, locate, metrics, log } = this.options;
    const bounds = {
      ...{ storage, tenant, window, memory, tempDirectory },
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    };
    let outcome: (typeof ENGINE_OUTCOMES)[number] = 'failed';
    try {
      const settings = { max_memory_usage: String(memory), max_execution_time: String(seconds) };
      const result = await this.open(settings, signal, async (databases) =>
        work(await dividedTraces(bounds, { storage, blocks, databases, locate })),
      );
      outcome = 'answered';
      this.failure = undefined;
      return result;
    } catch (error) {
      if (signal?.aborted) {
        outcome = 'cancelled';
        this.isSilent = true;
      } else if (error instanceof EngineError || isOutOfMemory(error)) {
        const known = error instanceof EngineError ? error : undefined;
        log.warn({ err: error, code: known?.code, tenant: tenant.name }, 'the engine did not answer');
        if (known?.code === 'BT3017')
          this.failure = { error: known, untilAnswered: known.type !== undefined };
        else outcome = 'refused';
      }
      throw error;
    } finally {
      metrics.engineQuestions.inc({ outcome });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    await this.trying;
  }

  /** Never rejects. */
  private async tryIt(): Promise<void> {
    const ended = AbortSignal.any([this.closing.signal, AbortSignal.timeout(TRY_SECONDS * 1000)]);
    try {
      this.isSilent = false;
      await this.open({}, ended, async () => undefined);
      if (this.failure?.untilAnswered === false) this.failure = undefined;
    } catch (error) {
      if (this.closing.signal.aborted) return;
      const known =
        error instanceof EngineError
          ? error
          : new EngineError('BT3017', `no answer within ${TRY_SECONDS} s`, { cause: error });
      if (this.failure === undefined) this.options.log.warn({ err: known }, 'the engine cannot be asked');
      this.failure = { error: known, untilAnswered: false };
    }
  }

  private async open<T>(
    settings: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    work: (databases: readonly Store[]) => Promise<T>,
  ): Promise<T> {
    const { address, password } = this.options;
    return await withEngine({ address, password, settings, signal }, work);
  }
}
