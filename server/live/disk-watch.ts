import type { LiveHealth } from '../../engine/live/health.js';
import type { Live } from '../../engine/live/live.js';
import { LogRefusal } from '../../engine/live/log/log.js';
import type { SpanBatch } from '../../engine/live/otlp/batch.js';
import type { SpanSink } from '../otlp/receiver.js';
import type { Logger } from '../shared/log.js';
import type { DirectoryLock } from './directory-lock.js';

/** How often it is looked whether the folder is still there and ours. */
const EVERY_MS = 500;

/**
 * Watches over the data directory while the service runs: that it was not moved or removed, that this process still owns it, and that its disk takes
 * what is written. Passes requests on to live judging only while that holds.
 */
export class DiskWatch implements SpanSink {
  private lost: string | undefined;
  private reported: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly live: Live,
    private readonly lock: DirectoryLock,
    private readonly directory: string,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.running = this.look().then(() => {
      this.timer = setTimeout(() => this.start(), EVERY_MS);
    });
  }

  async stop(): Promise<void> {
    await this.running;
    clearTimeout(this.timer);
  }

  get health(): LiveHealth {
    const { health } = this.live;
    return this.lost === undefined ? health : { ...health, problem: this.lost };
  }

  async accept(tenant: string, body: Uint8Array): Promise<SpanBatch> {
    if (this.lost !== undefined) throw new LogRefusal('disk', this.lost);
    return await this.live.accept(tenant, body);
  }

  private async look(): Promise<void> {
    this.lost = (await this.isOurs())
      ? undefined
      : `live.directory "${this.directory}" was moved, removed or replaced: put it back as it was, or restart the service`;
    await this.live.checkDisk();
    const { problem } = this.health;
    if (problem === this.reported) return;
    if (problem === undefined) this.log.info({ directory: this.directory }, 'spans are kept on disk again');
    else this.log.error({ reason: problem }, 'spans cannot be kept: requests are refused');
    this.reported = problem;
  }

  private async isOurs(): Promise<boolean> {
    try {
      return await this.lock.isHeld();
    } catch {
      return false;
    }
  }
}
