/** Keeps the list of tenants and of their blocks up to date in the background. */
import { messageOf } from '../shared/message-of.js';
import type { BlockList, BlockRange } from './block-list.js';
import type { BlockSource } from './block-source.js';
import { joinPath, type Storage } from './storage.js';
import { type BlocksLayout, findTenants, type Tenant } from './tenants.js';
import { type BlockChanges, WatchedTenant } from './watched-tenant.js';

export interface BlockWatchOptions {
  readonly storage: Storage;
  /** Milliseconds between two rounds, about; default 5000. */
  readonly intervalMs?: number;
  /** In [0, 1); spreads the rounds of several services over time. */
  readonly random?: () => number;
  /** Called after each round in which something changed. */
  readonly onChange?: (tenant: Tenant, changes: BlockChanges) => void;
}

const DEFAULT_INTERVAL_MS = 5000;
/** A round comes up to this share of the interval earlier or later. */
const JITTER = 0.2;

/**
 * A new block is listed within one interval of its `meta.json`, a tenant likewise. Storage that cannot be listed leaves what was
 * known, and is a `problem` until it can.
 */
export class BlockWatch implements BlockSource {
  private readonly watched = new Map<string, WatchedTenant>();
  private layout: BlocksLayout = 'none';
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private failure: string | undefined;
  /** By tenant. */
  private readonly failures = new Map<string, string>();

  constructor(private readonly options: BlockWatchOptions) {}

  /** Sorted by name. */
  get tenants(): readonly Tenant[] {
    const all = [...this.watched.values()].map(({ tenant }) => tenant);
    return all.sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
  }

  /** Why the last round failed, in words; absent when it did not. */
  get problem(): string | undefined {
    return this.failure ?? this.failures.values().next().value;
  }

  /** The same for one tenant: what keeps others from being listed is left out. */
  problemOf(tenant: string): string | undefined {
    return this.failure ?? this.failures.get(tenant);
  }

  /** The tenant of that name; one that has no blocks (yet) is as good as any, and empty. */
  find(name: string): Tenant {
    const known = this.watched.get(name)?.tenant;
    return known ?? { name, path: joinPath(this.layout === 'tempo' ? 'blocks' : '', name) };
  }

  /** The first round is over when this resolves; it never rejects. Then rounds follow until `stop`. */
  async start(): Promise<void> {
    await this.refresh();
    this.schedule();
  }

  /** Resolves when nothing is running any more. What was known can still be asked for. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** A round now, or the one that is running. Never rejects. */
  async refresh(): Promise<void> {
    this.running ??= this.round().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  async list(tenant: Tenant, range: BlockRange, fresh = false): Promise<BlockList> {
    const known = this.watched.get(tenant.name);
    const watched = known ?? new WatchedTenant(this.options.storage, tenant);
    // A tenant that is asked for before a round has found it is looked at for this question alone.
    if (!known || fresh) this.report(watched, await watched.refresh());
    return watched.list(range);
  }

  private schedule(): void {
    if (this.stopped) return;
    const { intervalMs = DEFAULT_INTERVAL_MS, random = Math.random } = this.options;
    const delay = intervalMs * (1 + JITTER * (2 * random() - 1));
    this.timer = setTimeout(() => void this.refresh().then(() => this.schedule()), delay);
    this.timer.unref();
  }

  private async round(): Promise<void> {
    try {
      const { layout, tenants } = await findTenants(this.options.storage);
      this.layout = layout;
      const names = new Set(tenants.map(({ name }) => name));
      for (const name of this.watched.keys()) if (!names.has(name)) this.watched.delete(name);
      for (const name of this.failures.keys()) if (!names.has(name)) this.failures.delete(name);
      for (const tenant of tenants) {
        if (this.stopped) return;
        const watched = this.watched.get(tenant.name) ?? new WatchedTenant(this.options.storage, tenant);
        try {
          this.report(watched, await watched.refresh());
          this.watched.set(tenant.name, watched);
          this.failures.delete(tenant.name);
        } catch (error) {
          this.failures.set(tenant.name, `tenant ${tenant.name}: ${messageOf(error)}`);
        }
      }
      this.failure = undefined;
    } catch (error) {
      this.failure = messageOf(error);
    }
  }

  private report({ tenant }: WatchedTenant, changes: BlockChanges): void {
    if (changes.appeared.length + changes.vanished.length > 0) this.options.onChange?.(tenant, changes);
  }
}
