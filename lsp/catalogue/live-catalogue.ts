import { messageOf } from '../../engine/shared/message-of.js';
import { EMPTY_CATALOGUE, type KnownAttribute, type TraceCatalogue, type ValueCount } from './catalogue.js';
import type { ServiceRule } from './last-replay.js';
import type { CatalogueSource } from './source.js';

export interface LiveOptions {
  /** Called when something became known that was not before. */
  readonly onChange: () => void;
  /** Called once when a source stops or starts to answer; the reason is for people. */
  readonly onState: (state: 'ready' | 'failed', reason: string) => void;
  /** The rules of the source as they are now; undefined: another source is asked from now on. */
  readonly onRules: (rules: readonly ServiceRule[] | undefined) => void;
  readonly refreshMs?: number;
}

const REFRESH_MS = 60_000;
const RETRY_MS = 5_000;
/** Attributes whose values were fetched; more are forgotten, the oldest first. */
const MOST_FETCHED = 500;

/**
 * What is known of stored traces at the moment. Nobody waits for it: it answers with what it has, fetches what it lacks, and
 * says when there is more.
 */
export class LiveCatalogue {
  private known: TraceCatalogue = EMPTY_CATALOGUE;
  private readonly fetched = new Map<string, readonly ValueCount[]>();
  private readonly fetching = new Set<string>();
  private running = new AbortController();
  private source: CatalogueSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private state: 'ready' | 'failed' | undefined;

  constructor(private readonly options: LiveOptions) {}

  /** From now on; undefined for none. What is known stays until the source answers. */
  use(source: CatalogueSource | undefined): void {
    this.stop();
    this.running = new AbortController();
    this.source = source;
    this.state = undefined;
    this.fetched.clear();
    this.options.onRules(undefined);
    if (source === undefined) {
      this.known = EMPTY_CATALOGUE;
      this.options.onChange();
    } else void this.refresh();
  }

  stop(): void {
    this.running.abort();
    clearTimeout(this.timer);
  }

  get current(): TraceCatalogue {
    return this.known;
  }

  /** Starts to fetch more values of an attribute, unless they are there. */
  want(attribute: KnownAttribute): void {
    const key = keyOf(attribute);
    const { source } = this;
    if (source?.values === undefined || this.fetched.has(key) || this.fetching.has(key)) return;
    this.fetching.add(key);
    const { signal } = this.running;
    source
      .values(attribute, signal)
      .then((values) => {
        if (signal.aborted) return;
        this.fetched.set(key, values);
        const [oldest] = this.fetched.keys();
        if (this.fetched.size > MOST_FETCHED && oldest !== undefined) this.fetched.delete(oldest);
        this.merge();
        this.options.onChange();
      })
      .catch(() => undefined) // the next refresh will say that the source does not answer
      .finally(() => this.fetching.delete(key));
  }

  /** Asks again now. */
  async refresh(): Promise<void> {
    const { source } = this;
    const { signal } = this.running;
    if (source === undefined) return;
    clearTimeout(this.timer);
    try {
      const [known, rules] = await Promise.all([source.load(signal), source.rules?.(signal)]);
      if (signal.aborted) return;
      this.known = known;
      this.options.onRules(rules ?? []);
      this.merge();
      this.tell('ready', `${known.attributes.length} attributes`);
      this.options.onChange();
    } catch (error) {
      if (signal.aborted) return;
      this.tell('failed', messageOf(error));
    }
    const wait = this.state === 'failed' ? RETRY_MS : (this.options.refreshMs ?? REFRESH_MS);
    this.timer = setTimeout(() => void this.refresh(), wait);
    this.timer.unref?.();
  }

  private tell(state: 'ready' | 'failed', reason: string): void {
    if (state !== this.state) this.options.onState(state, reason);
    this.state = state;
  }

  private merge(): void {
    const attributes = this.known.attributes.map((attribute) => {
      const values = this.fetched.get(keyOf(attribute));
      return values === undefined ? attribute : { ...attribute, values };
    });
    this.known = { ...this.known, attributes };
  }
}

function keyOf({ scope, key }: KnownAttribute): string {
  return `${scope}\0${key}`;
}
