/** A small read that takes unusually long is asked for once more: of two answers the first counts. */
import { onAbort } from '../on-abort.js';

export interface HedgeSettings {
  /** Milliseconds; 0 never; absent: by the reads until now. */
  readonly afterMs: number | undefined;
  /** Requests for the same bytes at once, the first included. */
  readonly upTo: number;
}

/** So many reads are remembered; before half of them were made nothing is asked twice. */
const REMEMBERED = 64;
/** Slower than this share of them is unusual. */
const USUAL = 0.95;
/** Asking again sooner than this, in ms, helps nobody. */
const SOONEST_MS = 50;
/** At most this share of all requests is asked twice, so that a store that is slow as a whole is not made slower. */
const MOST_HEDGED = 0.1;

export class Hedge {
  private readonly times: number[] = [];
  private next = 0;
  private asked = 0;
  private hedged = 0;

  constructor(private readonly settings: HedgeSettings) {}

  /** Runs `once`, and again where it is late. `onHedge` is called for each further request. Rejects when all of them have failed. */
  async run<T>(
    signal: AbortSignal,
    once: (signal: AbortSignal) => Promise<T>,
    onHedge: () => void,
  ): Promise<T> {
    const after = this.waitMs();
    this.asked++;
    const started = performance.now();
    if (after === undefined) return await this.timed(started, once(signal));
    const controllers: AbortController[] = [];
    const start = (): Promise<T> => {
      const controller = new AbortController();
      controllers.push(controller);
      return once(controller.signal);
    };
    const forget = onAbort(signal, () => {
      for (const controller of controllers) controller.abort(signal.reason);
    });
    let timer: NodeJS.Timeout | undefined;
    try {
      return await this.timed(
        started,
        new Promise<T>((resolve, reject) => {
          let running = 0;
          const launch = (): void => {
            running++;
            start().then(resolve, (error: unknown) => {
              if (--running === 0) reject(error);
            });
            if (controllers.length < this.settings.upTo)
              timer = setTimeout(() => {
                if (signal.aborted || !this.mayHedge()) return;
                this.hedged++;
                onHedge();
                launch();
              }, after);
          };
          launch();
        }),
      );
    } finally {
      clearTimeout(timer);
      forget();
      for (const controller of controllers) controller.abort(new Error('another request was faster'));
    }
  }

  private mayHedge(): boolean {
    return this.settings.afterMs !== undefined || this.hedged < Math.max(1, this.asked * MOST_HEDGED);
  }

  private waitMs(): number | undefined {
    const { afterMs, upTo } = this.settings;
    if (afterMs === 0 || upTo < 2) return undefined;
    if (afterMs !== undefined) return afterMs;
    if (this.times.length < REMEMBERED / 2) return undefined;
    const sorted = [...this.times].sort((a, b) => a - b);
    return Math.max(SOONEST_MS, sorted[Math.floor(sorted.length * USUAL)] ?? SOONEST_MS);
  }

  private async timed<T>(started: number, running: Promise<T>): Promise<T> {
    const value = await running;
    this.times[this.next] = performance.now() - started;
    this.next = (this.next + 1) % REMEMBERED;
    return value;
  }
}
