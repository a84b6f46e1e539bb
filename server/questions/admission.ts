/** Who may start a question now, and who waits: a bounded number at once, tenants in turn. */

export interface AdmissionOptions {
  /** How many run at once. */
  readonly slots: number;
  /** How many of one tenant may wait. */
  readonly queue: number;
  /** Called whenever the numbers change. */
  readonly onChange?: (running: number, waiting: number) => void;
}

/** The queue of the tenant is full. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

interface Waiter {
  readonly start: (slot: number) => void;
}

/** A busy tenant delays itself, not others: those that wait are served one of each tenant after another. */
export class Admission {
  private readonly free: number[];
  private readonly slots: number;
  private readonly waiting = new Map<string, Waiter[]>();
  private waiters = 0;

  constructor(private readonly options: AdmissionOptions) {
    this.slots = options.slots;
    this.free = Array.from({ length: options.slots }, (_, n) => options.slots - 1 - n);
  }

  get running(): number {
    return this.slots - this.free.length;
  }

  /**
   * Runs `work` in a slot (0 to `slots - 1`, nobody else's meanwhile) once there is one. Rejects with `QueueFull`, with the signal's reason
   * while waiting, or as `work` does. The slot is taken until `work` has settled, whatever the signal says.
   */
  async run<T>(tenant: string, signal: AbortSignal, work: (slot: number) => Promise<T>): Promise<T> {
    const slot = await this.enter(tenant, signal);
    try {
      return await work(slot);
    } finally {
      this.leave(slot);
    }
  }

  private async enter(tenant: string, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const slot = this.free.pop();
    if (slot !== undefined) {
      this.changed();
      return slot;
    }
    const queue = this.waiting.get(tenant) ?? [];
    if (queue.length >= this.options.queue) throw new QueueFull('too many questions are waiting');
    this.waiting.set(tenant, queue);
    return await new Promise<number>((resolve, reject) => {
      const onAbort = (): void => {
        this.forget(tenant, waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        start: (given) => {
          signal.removeEventListener('abort', onAbort);
          resolve(given);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      queue.push(waiter);
      this.waiters++;
      this.changed();
    });
  }

  private leave(slot: number): void {
    const [next] = this.waiting;
    if (next === undefined) this.free.push(slot);
    else {
      const [tenant, queue] = next;
      const waiter = queue.shift()!;
      this.waiters--;
      // Put last again, so that the next turn is another tenant's.
      this.waiting.delete(tenant);
      if (queue.length > 0) this.waiting.set(tenant, queue);
      waiter.start(slot);
    }
    this.changed();
  }

  private forget(tenant: string, waiter: Waiter): void {
    const queue = this.waiting.get(tenant) ?? [];
    queue.splice(queue.indexOf(waiter), 1);
    this.waiters--;
    if (queue.length === 0) this.waiting.delete(tenant);
    this.changed();
  }

  private changed(): void {
    this.options.onChange?.(this.running, this.waiters);
  }
}
