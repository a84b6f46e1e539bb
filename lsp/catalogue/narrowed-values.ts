import type { ValueCount } from './catalogue.js';
import type { CatalogueSource } from './source.js';

/** Values of a field among the spans that a filter matches. */
export interface ValueQuestion {
  /** As a filter spells it. */
  readonly field: string;
  /** The rest of the filter; empty for all spans. */
  readonly filter: string;
  /** What the value begins with, as far as it is typed. */
  readonly prefix: string;
}

/** The most values that one question brings. */
export const MOST_NARROWED = 100;
const MOST_KEPT = 200;
/** Who types waits for a moment, and not for an answer that takes long; it is there for the next key. */
const PATIENCE_MS = 700;

/**
 * Answers about values, which are read of stored traces when somebody is about to write one. A query is sent with what is
 * typed only where there are more values than an answer holds.
 */
export class NarrowedValues {
  private readonly known = new Map<string, readonly ValueCount[]>();
  private readonly asking = new Map<string, Promise<void>>();
  private running = new AbortController();
  private source: CatalogueSource | undefined;

  use(source: CatalogueSource | undefined): void {
    this.running.abort();
    this.running = new AbortController();
    this.source = source;
    this.forget();
  }

  /** What is stored may have changed. */
  forget(): void {
    this.known.clear();
    this.asking.clear();
  }

  stop(): void {
    this.running.abort();
  }

  /** Undefined where the source cannot tell, or not soon enough. */
  async of(question: ValueQuestion): Promise<readonly ValueCount[] | undefined> {
    if (this.source?.narrowed === undefined) return undefined;
    const all = await this.answer({ ...question, prefix: '' });
    if (all === undefined || all.length < MOST_NARROWED || question.prefix === '') return all;
    return (await this.answer(question)) ?? all;
  }

  private async answer(question: ValueQuestion): Promise<readonly ValueCount[] | undefined> {
    const key = JSON.stringify([question.field, question.filter, question.prefix]);
    if (!this.known.has(key)) {
      const asked = this.asking.get(key) ?? this.ask(key, question);
      this.asking.set(key, asked);
      await soonOr(asked);
    }
    return this.known.get(key);
  }

  private async ask(key: string, question: ValueQuestion): Promise<void> {
    const { signal } = this.running;
    try {
      const values = await this.source?.narrowed?.(queryOf(question), signal);
      if (signal.aborted || values === undefined) return;
      this.known.set(key, values);
      const [oldest] = this.known.keys();
      if (this.known.size > MOST_KEPT && oldest !== undefined) this.known.delete(oldest);
    } catch {
      // The catalogue will say that the source does not answer; what it knew is offered.
    } finally {
      this.asking.delete(key);
    }
  }
}

/** In TraceQL: how many spans there are with each value, the most frequent values. */
function queryOf({ field, filter, prefix }: ValueQuestion): string {
  const begins = prefix === '' ? '' : `${field} starts with ${JSON.stringify(prefix)}`;
  const asked = [filter, begins].filter((part) => part !== '').join(' && ');
  return `{ ${asked} } | count_over_time() by (${field}) | topk(${MOST_NARROWED})`;
}

async function soonOr(asked: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([asked, late]);
  clearTimeout(timer);
}
