/** Items by the time at which they are due, in slots of a quarter of a second: adding and taking cost the same for any number. */
const SLOT_MS = 250;

export class DueQueue<T> {
  private readonly slots = new Map<number, T[]>();
  private first = Number.POSITIVE_INFINITY;

  add(at: number, item: T): void {
    const slot = Math.ceil(at / SLOT_MS);
    const items = this.slots.get(slot);
    if (items === undefined) this.slots.set(slot, [item]);
    else items.push(item);
    if (slot < this.first) this.first = slot;
  }

  /** Takes what is due by `now`; never early, late by less than a slot. */
  take(now: number): readonly T[] {
    const last = Math.floor(now / SLOT_MS);
    if (this.first > last) return [];
    const due: T[] = [];
    let next = Number.POSITIVE_INFINITY;
    // Over the slots that are there, not over the time between: a clock may jump by years.
    for (const [slot, items] of [...this.slots].sort(([a], [b]) => a - b))
      if (slot <= last) {
        for (const item of items) due.push(item);
        this.slots.delete(slot);
      } else if (slot < next) next = slot;
    this.first = next;
    return due;
  }
}
