/** Replays as jobs: a bounded number at once and for each tenant, results on disk, all forgotten after a while. */

import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiscoverOptions, type Discovery, discover } from '../../engine/discover/discover.js';
import { replayJson } from '../../engine/replay/result-json.js';
import { replayBlocks } from '../../engine/replay/shares/replay-blocks.js';
import { messageOf } from '../../engine/shared/message-of.js';
import type { RunProgress } from '../../engine/spans/stored-run.js';
import type { Window } from '../../engine/sql/relations/window.js';
import { isOutOfMemory } from '../../engine/sql/store/out-of-memory.js';
import type { Config } from '../config/schema.js';
import { HttpError, Overdue } from '../http/http-error.js';
import { Admission } from '../questions/admission.js';
import { asHttpError, engineAnswer } from '../questions/as-http-error.js';
import type { QueryService } from '../questions/query-service.js';
import type { Logger } from '../shared/log.js';
import { printableJson } from '../shared/printable.js';
import { LastReplays } from './last-replays.js';
import { ReplayJob, type ReplayRequest } from './replay-job.js';

const SWEEP_MS = 10_000;

export interface DiscoverRequest extends Pick<DiscoverOptions, 'limit' | 'service' | 'sinceNs'> {
  readonly tenant: string;
  readonly window: Window;
  readonly signal: AbortSignal;
}

export class ReplayJobs {
  readonly last = new LastReplays();
  /** In the order of creation. */
  private readonly jobs = new Map<string, ReplayJob>();
  private readonly admission: Admission;
  private readonly running = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private readonly directory: string;
  private readonly sweeping: NodeJS.Timeout;

  constructor(
    private readonly queries: QueryService,
    private readonly config: Config['replay'],
    private readonly log: Logger,
  ) {
    this.admission = new Admission({ slots: config.concurrency, queue: config.jobsPerTenant });
    this.directory = join(queries.temporary, 'replays');
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.sweeping = setInterval(() => this.sweep(Date.now()), SWEEP_MS);
    this.sweeping.unref();
  }

  /** Throws `HttpError` where the tenant has as many as it may, none of which is over. */
  start(request: ReplayRequest): ReplayJob {
    this.makeRoom(request.tenant);
    const id = randomUUID();
    const job = new ReplayJob(id, request, join(this.directory, `${id}.json`));
    this.jobs.set(id, job);
    const run = this.run(job).finally(() => this.running.delete(run));
    this.running.add(run);
    return job;
  }

  /** Of that tenant only: the ids of others are as unknown as any. */
  find(tenant: string, id: string): ReplayJob | undefined {
    const job = this.jobs.get(id);
    return job?.request.tenant === tenant ? job : undefined;
  }

  /** The newest first. */
  of(tenant: string): readonly ReplayJob[] {
    return [...this.jobs.values()].filter(({ request }) => request.tenant === tenant).reverse();
  }

  expiresAt({ ended }: ReplayJob): number | undefined {
    return ended === undefined ? undefined : ended + this.config.keep;
  }

  /**
   * Proposes rules that stored traces nearly always keep, in its turn with replays and within what one of them may use. Rejects with
   * `HttpError`, and with the reason of the signal after an abort.
   */
  async discover({ tenant, signal, ...asked }: DiscoverRequest): Promise<Discovery> {
    const timeUp = AbortSignal.timeout(this.config.timeout);
    const ended = AbortSignal.any([signal, timeUp, this.closing.signal]);
    const run = this.admission.run(tenant, ended, async (slot) => {
      const stored = {
        ...this.queries.storedTraces(tenant, asked.window, `replay-${slot}`, ended),
        memory: Math.floor(this.config.memory / this.config.concurrency),
      };
      return await this.queries.over(stored, this.config.timeout, (traces) =>
        discover({ ...traces, ...asked, ruleLimitMs: this.config.ruleTimeout }),
      );
    });
    const over = run.then(
      () => undefined,
      () => undefined,
    );
    this.running.add(over);
    try {
      return await run;
    } catch (error) {
      if (timeUp.aborted) throw new Overdue('the discovery');
      throw signal.aborted ? signal.reason : asHttpError(error);
    } finally {
      this.running.delete(over);
    }
  }

  /** Forgets what is over, with its result. */
  forget(job: ReplayJob): void {
    this.jobs.delete(job.id);
    void rm(job.resultPath, { force: true }).catch((error: unknown) =>
      this.log.warn({ err: error }, 'a result could not be removed'),
    );
  }

  /** Cancels what is going on and removes all results. */
  async close(): Promise<void> {
    clearInterval(this.sweeping);
    this.closing.abort(new Error('the service is stopping'));
    for (const job of this.jobs.values()) job.cancel(new Error('the service is stopping'));
    await Promise.all(this.running);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private makeRoom(tenant: string): void {
    const own = this.of(tenant);
    if (own.length < this.config.jobsPerTenant) return;
    const oldest = own.findLast((job) => job.over);
    if (oldest === undefined)
      throw new HttpError(429, `this tenant already has ${own.length} replays waiting or running`, {
        code: 'BT5016',
        headers: { 'Retry-After': '5' },
      });
    this.forget(oldest);
  }

  private async run(job: ReplayJob): Promise<void> {
    const { tenant, rules, window, limit, why } = job.request;
    const log = this.log.child({ tenant, replay: job.id });
    const timeUp = new Error('it took longer than replay.timeout');
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.admission.run(tenant, job.signal, async (slot) => {
        timer = setTimeout(() => job.cancel(timeUp), this.config.timeout);
        job.start();
        const stored = {
          ...this.queries.storedTraces(tenant, window, `replay-${slot}`, job.signal),
          memory: Math.floor(this.config.memory / this.config.concurrency),
          onProgress: (progress: RunProgress) => job.advance(progress),
        };
        const { ruleTimeout: ruleLimitMs, maxSeries } = this.config;
        const result = await this.queries.over(stored, this.config.timeout, (traces) =>
          replayBlocks({ ...traces, rules, limit, why, ruleLimitMs, maxSeries }),
        );
        await writeFile(job.resultPath, printableJson(replayJson(result)), { mode: 0o600 });
        job.succeed(result);
        if (!job.request.trial) this.last.note(tenant, job);
      });
      log.info({ rules: rules.length, ms: (job.ended ?? 0) - (job.started ?? 0) }, 'replayed');
    } catch (error) {
      const reason: unknown = job.signal.aborted ? job.signal.reason : error;
      if (job.signal.aborted) job.fail(reason === timeUp ? 'failed' : 'cancelled', messageOf(reason));
      else {
        log.error({ err: error }, 'a replay failed');
        job.fail('failed', reasonOf(error));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private sweep(now: number): void {
    for (const job of this.jobs.values())
      if ((this.expiresAt(job) ?? Number.POSITIVE_INFINITY) <= now) this.forget(job);
  }
}

/** For whoever started it. */
function reasonOf(error: unknown): string {
  if (isOutOfMemory(error)) return 'replay.memory is not enough for it';
  const answer = engineAnswer(error);
  return answer === undefined ? messageOf(error) : `${answer.message} (${answer.code})`;
}
