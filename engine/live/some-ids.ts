import { dayAt } from './day-facts.js';

/** A violation by its id, and the time that it belongs to: nanoseconds since the Unix epoch. */
export interface FoundId {
  readonly id: string;
  readonly time: bigint;
}
/** The violations of a rule that were found first, so many of each UTC day: however many there are, no more are held. */
export class SomeIds {
  private readonly byDay = new Map<bigint, Map<string, FoundId>>();

  constructor(private readonly most: number) {}

  add(found: readonly FoundId[]): void {
    for (const foundId of found) {
      const day = dayAt(foundId.time);
      const ids = this.byDay.get(day) ?? new Map<string, FoundId>();
      this.byDay.set(day, ids);
      if (ids.size < this.most) ids.set(foundId.id, foundId);
    }
  }

  get all(): readonly FoundId[] {
    return [...this.byDay.values()].flatMap((ids) => [...ids.values()]);
  }
}
