/** Keeps the list of tenants and of their blocks up to date in the background. */
import { messageOf } from '../../shared/message-of.js';
import { joinPath, type Storage } from '../storage.js';
import type { BlockList } from './block-list.js';
import type { BlockRange } from './block-range.js';
import type { BlockSource } from './block-source.js';
import { canSurvey } from './survey.js';
import { type BlocksLayout, findTenants, type Tenant } from './tenants.js';
import { type BlockChanges, WatchedTenant } from './watched-tenant.js';

export interface BlockWatchOptions {
  readonly storage: Storage;
  /** Milliseconds between two rounds, about; default 5000, for a bucket 60,000. */
  readonly intervalMs?: number;
  /** Of a bucket only tenants that are asked for are kept up to date; these are from the start. */
  readonly asked?: readonly string[];
  /** In [0, 1); spreads the rounds of several services over time. */
  readonly random?: () => number;
  /** Called after each round in which something changed. */
  readonly onChange?: (tenant: Tenant, changes: BlockChanges) => void;
}

const DEFAULT_INTERVAL_MS = 5000;
/** Each listing of a bucket costs money. */
const DEFAULT_BUCKET_INTERVAL_MS = 60_000;
/** After failures rounds come later and later, up to so many intervals apart. */
const LONGEST_BACK_OFF = 16;
/** Tenants of a bucket that nobody asked for so long are left alone until somebody does, in ms. */
const ASKED_FOR_MS = 3_600_000;
/** A round comes up to this share of the interval earlier or later. */
const JITTER = 0.2;

/**
 * A new block is listed within one interval of its `meta.json`, and so is a tenant. Storage that cannot be listed leaves what was
 * known, and is a `problem` until it can; the next rounds come later then. Of a bucket the blocks of a tenant are listed only once
 * somebody asks for them.
 */
export class BlockWatch implements BlockSource {
  private found: readonly Tenant[] = [];
  private readonly watched = new Map<string, WatchedTenant>();
  /** When each tenant was last asked for, on the clock of `performance.now`. */
  private readonly askedAt = new Map<string, number>();
  private failedRounds = 0;
  private layout: BlocksLayout = 'none';
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private failure: string | undefined;
  /** By tenant. */
  private readonly failures = new Map<string, string>();

  constructor(private readonly options: BlockWatchOptions) {
    for (const name of options.asked ?? []) this.askedAt.set(name, Number.POSITIVE_INFINITY);
  }

  /** Sorted by name. */
  get tenants(): readonly Tenant[] {
    return this.found.filter(
      ({ name }) => !this.failures.has(name) || this.watched.get(name)?.isKnown === true,
    );
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
    const known = this.found.find((tenant) => tenant.name === name);
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
    const isFound = this.found.some(({ name }) => name === tenant.name);
    if (isFound && this.askedAt.get(tenant.name) !== Number.POSITIVE_INFINITY)
      this.askedAt.set(tenant.name, performance.now());
    const watched = known ?? new WatchedTenant(this.options.storage, tenant);
    // A tenant that is asked for before a round has found it is looked at for this question alone; of a bucket the first question
    // for a tenant begins to watch it.
    if (!known && isFound) this.watched.set(tenant.name, watched);
    if (!watched.isKnown || fresh) this.report(watched, await watched.refresh());
    return watched.list(range);
  }

  private schedule(): void {
    if (this.stopped) return;
    const { storage, random = Math.random } = this.options;
    const usual = canSurvey(storage) ? DEFAULT_BUCKET_INTERVAL_MS : DEFAULT_INTERVAL_MS;
    const { intervalMs = usual } = this.options;
    // A directory that is not there may be back at any time; a store that is overloaded is not helped by asking.
    const backOff = canSurvey(storage) ? Math.min(LONGEST_BACK_OFF, 2 ** this.failedRounds) : 1;
    const delay = intervalMs * backOff * (1 + JITTER * (2 * random() - 1));
    this.timer = setTimeout(() => void this.refresh().then(() => this.schedule()), delay);
    this.timer.unref();
  }

  private async round(): Promise<void> {
    try {
      const { storage } = this.options;
      const known = canSurvey(storage) ? new Set(this.found.map(({ name }) => name)) : undefined;
      const { layout, tenants } = await findTenants(storage, known);
      this.layout = layout;
      const names = new Set(tenants.map(({ name }) => name));
      for (const name of this.watched.keys()) if (!names.has(name)) this.watched.delete(name);
      for (const name of this.failures.keys()) if (!names.has(name)) this.failures.delete(name);
      this.found = tenants;
      let failed = false;
      for (const tenant of tenants) {
        if (this.stopped) return;
        if (!this.isWanted(tenant)) continue;
        const watched = this.watched.get(tenant.name) ?? new WatchedTenant(storage, tenant);
        try {
          this.report(watched, await watched.refresh());
          this.watched.set(tenant.name, watched);
          this.failures.delete(tenant.name);
        } catch (error) {
          failed = true;
          this.failures.set(tenant.name, `tenant ${tenant.name}: ${messageOf(error)}`);
        }
      }
      this.failedRounds = failed ? this.failedRounds + 1 : 0;
      this.failure = undefined;
    } catch (error) {
      this.failedRounds++;
      this.failure = messageOf(error);
    }
  }

  /** Looking into a directory costs next to nothing. */
  private isWanted({ name }: Tenant): boolean {
    if (!canSurvey(this.options.storage)) return true;
    const asked = this.askedAt.get(name);
    if (asked !== undefined && performance.now() - asked < ASKED_FOR_MS) return true;
    // What is known of it grows old, and is looked at anew when somebody asks again.
    this.watched.delete(name);
    return false;
  }

  private report({ tenant }: WatchedTenant, changes: BlockChanges): void {
    if (changes.appeared.length + changes.vanished.length > 0) this.options.onChange?.(tenant, changes);
  }
}
