/** Lets in as much at once as there is room for, in the order of asking. */
import { onAbort } from './on-abort.js';

interface Waiting {
  readonly weight: number;
  readonly enter: () => void;
}

export class Gate {
  private inside = 0;
  private readonly queue: Waiting[] = [];

  /** The weight that may be inside at once; what weighs more alone is let in when nothing else is. */
  constructor(private readonly room: number) {}

  /** Runs `work` once there is room. Rejects at once with the reason of `signal` while it waits. */
  async through<T>(weight: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.enter(weight, signal);
    try {
      return await work();
    } finally {
      this.inside -= weight;
      this.admit();
    }
  }

  private async enter(weight: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const waiting = {
        weight,
        enter: () => {
          forget();
          resolve();
        },
      };
      const forget = onAbort(signal, () => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        reject(signal?.reason);
        this.admit();
      });
      this.queue.push(waiting);
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      if (this.inside > 0 && this.inside + next.weight > this.room) return;
      this.queue.shift();
      this.inside += next.weight;
      next.enter();
    }
  }
}
