/** What the spans of each tenant carry, for completion: counted when first asked for, kept up to date from then on. */

import type { BlockWatch } from '../../engine/blocks/listing/watch.js';
import type { CatalogueOptions } from '../../engine/query/catalogue.js';
import { SchemaCatalogue } from '../../engine/query/catalogue.js';
import type { Logger } from '../shared/log.js';

/** Of so many tenants; the one that was not asked for longest goes. */
const MOST_TENANTS = 64;
/** How long a first question waits for the counting, in ms, before it is answered with what is counted so far. */
const PATIENCE_MS = 2_000;

interface Entry {
  readonly catalogue: SchemaCatalogue;
  /** The update that runs or ran last. */
  updating: Promise<void>;
  /** Whether every block known then is counted. */
  complete: boolean;
}

export interface KnownCatalogue {
  readonly catalogue: SchemaCatalogue;
  /** Not all blocks are counted yet: ask again for more. */
  readonly complete: boolean;
}

export class Catalogues {
  private readonly entries = new Map<string, Entry>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly options: CatalogueOptions,
    private readonly watch: BlockWatch,
    private readonly log: Logger,
  ) {}

  /** Answers soon, whatever is counted by then. Rejects with the signal's reason, or where the tenant cannot be listed. */
  async of(tenant: string, signal: AbortSignal): Promise<KnownCatalogue> {
    const entry = this.entries.get(tenant) ?? this.add(tenant);
    // Put last, as the one used last.
    this.entries.delete(tenant);
    this.entries.set(tenant, entry);
    if (!entry.complete) await patiently(entry.updating, signal);
    const { catalogue, complete } = entry;
    return { catalogue, complete };
  }

  /** To be called when the blocks of a tenant changed. Of tenants that nobody asked for, nothing is counted. */
  changed(tenant: string): void {
    const entry = this.entries.get(tenant);
    if (entry !== undefined) this.update(tenant, entry);
  }

  /** Ends what is being counted. */
  async close(): Promise<void> {
    this.stopping.abort(new Error('the service is stopping'));
    await Promise.all([...this.entries.values()].map(({ updating }) => updating));
  }

  private add(tenant: string): Entry {
    const entry: Entry = {
      catalogue: new SchemaCatalogue(this.options),
      updating: Promise.resolve(),
      complete: false,
    };
    this.entries.set(tenant, entry);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= MOST_TENANTS) break;
      this.entries.delete(oldest);
    }
    this.update(tenant, entry);
    return entry;
  }

  private update(tenant: string, entry: Entry): void {
    const run = async (): Promise<void> => {
      const { blocks } = await this.watch.list(this.watch.find(tenant), {});
      await entry.catalogue.update(blocks, this.stopping.signal);
      if (entry.updating === updating) entry.complete = true;
    };
    entry.complete = false;
    const updating = run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.log.warn({ err: error, tenant }, 'spans could not be counted');
    });
    entry.updating = updating;
  }
}

/** Until the work is done, the patience is at its end, or the signal aborts, which rejects. */
async function patiently(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    void work.then(end, end);
  });
}
