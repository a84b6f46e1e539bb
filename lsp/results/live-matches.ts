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
  /** By query: the time in which nothing matched it, when it was asked last. */
  private readonly empty = new Map<string, MatchWindow>();
  private readonly wanted = new Map<string, () => Promise<readonly MatchCount[]>>();
  private running = new AbortController();
  private asking = false;

  constructor(private readonly onChange: () => void) {}

  use(source: CatalogueSource | undefined): void {
    this.running.abort();
    this.running = new AbortController();
    this.source = source;
    this.known.clear();
    this.empty.clear();
    this.wanted.clear();
  }

  /** Undefined: not known yet, or nobody knows. */
  of(query: string, window: MatchWindow): readonly MatchCount[] | undefined {
    const key = keyOf(query, window);
    const found = this.known.get(key);
    const { source } = this;
    if (found !== undefined || source?.matches === undefined || this.wanted.has(key)) return found;
    const { signal } = this.running;
    this.wanted.set(key, async () => {
      const answer = (await source.matches?.(query, window, signal)) ?? [];
      if (!signal.aborted) this.note(query, window, answer);
      return answer;
    });
    if (!this.asking) void this.askWanted();
    return undefined;
  }

  /** Asks at once. Undefined: there is nobody to ask. Rejects where there is no answer. */
  async ask(query: string, window: MatchWindow): Promise<readonly MatchCount[] | undefined> {
    const key = keyOf(query, window);
    const known = this.known.get(key);
    const { source } = this;
    if (known !== undefined || source?.matches === undefined) return known;
    const { signal } = this.running;
    const answer = await source.matches(query, window, signal);
    if (signal.aborted) return undefined;
    this.known.set(key, answer);
    this.bound();
    this.note(query, window, answer);
    this.onChange();
    return answer;
  }

  /** The time in which no span matched a query, if that is so as far as it is known; undefined where some did, or nobody asked. */
  emptyIn(query: string): MatchWindow | undefined {
    return this.empty.get(query);
  }

  /** Whether there is any such query. */
  get someAreEmpty(): boolean {
    return this.empty.size > 0;
  }

  /** The oldest are forgotten first. */
  private bound(): void {
    for (const kept of [this.known, this.empty]) {
      const oldest = first<unknown>(kept);
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest[0]);
    }
  }

  private note(query: string, window: MatchWindow, answer: readonly MatchCount[]): void {
    if (answer.some(({ count }) => count > 0)) this.empty.delete(query);
    else this.empty.set(query, window);
  }

  private async askWanted(): Promise<void> {
    this.asking = true;
    for (let next = first(this.wanted); next !== undefined; next = first(this.wanted)) {
      const [key, question] = next;
      const { signal } = this.running;
      // A query that the service refuses has no answer; asking again would not help.
      const answer = await question().catch(() => []);
      if (signal.aborted) continue;
      this.wanted.delete(key);
      this.known.set(key, answer);
      this.bound();
    }
    this.asking = false;
    this.onChange();
  }
}

function keyOf(query: string, { from, to }: MatchWindow): string {
  return `${from} ${to} ${query}`;
}

function first<T>(entries: ReadonlyMap<string, T>): readonly [string, T] | undefined {
  for (const entry of entries) return entry;
  return undefined;
}
