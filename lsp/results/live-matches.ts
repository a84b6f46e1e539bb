import type { CatalogueSource, MatchCount, MatchWindow } from '../catalogue/source.js';

/** Questions that are kept; more are forgotten, the oldest first. */
const MOST = 500;

/**
 * How many spans patterns match. As with the catalogue nobody waits: what is not known yet is asked for, one question at a time, and
 * reported by `onChange` once all are answered.
 */
export class LiveMatches {
  private source: CatalogueSource | undefined;
  private readonly known = new Map<string, readonly MatchCount[]>();
  private readonly wanted = new Map<string, () => Promise<readonly MatchCount[]>>();
  private running = new AbortController();
  private asking = false;

  constructor(private readonly onChange: () => void) {}

  use(source: CatalogueSource | undefined): void {
    this.running.abort();
    this.running = new AbortController();
    this.source = source;
    this.known.clear();
    this.wanted.clear();
  }

  /** Undefined: not known yet, or nobody knows. */
  of(query: string, window: MatchWindow): readonly MatchCount[] | undefined {
    const key = `${window.from} ${window.to} ${query}`;
    const found = this.known.get(key);
    const { source } = this;
    if (found !== undefined || source?.matches === undefined || this.wanted.has(key)) return found;
    const { signal } = this.running;
    this.wanted.set(key, async () => (await source.matches?.(query, window, signal)) ?? []);
    if (!this.asking) void this.ask();
    return undefined;
  }

  private async ask(): Promise<void> {
    this.asking = true;
    for (let next = first(this.wanted); next !== undefined; next = first(this.wanted)) {
      const [key, question] = next;
      const { signal } = this.running;
      // A query that the service refuses has no answer; asking again would not help.
      const answer = await question().catch(() => []);
      if (signal.aborted) continue;
      this.wanted.delete(key);
      this.known.set(key, answer);
      const oldest = first(this.known);
      if (this.known.size > MOST && oldest !== undefined) this.known.delete(oldest[0]);
    }
    this.asking = false;
    this.onChange();
  }
}

function first<T>(entries: ReadonlyMap<string, T>): readonly [string, T] | undefined {
  for (const entry of entries) return entry;
  return undefined;
}
