/** What is done at a time. */
export interface Due {
  /** Written by the queue alone: infinite while it does not hold the item. */
  dueAt: number;
}

/**
 * Items by the time at which they are due, in slots of a quarter of a second: adding, taking and removing cost the same for any number. An
 * item is held once, and not when it is removed: it may hold on to much.
 */
const SLOT_MS = 250;

export class DueQueue<T extends Due> {
  private readonly slots = new Map<number, Set<T>>();
  private first = Number.POSITIVE_INFINITY;

  /** Has the item taken at that time, unless it is due before. */
  schedule(item: T, time: number): void {
    if (item.dueAt <= time) return;
    this.remove(item);
    item.dueAt = time;
    const slot = slotOf(time);
    const items = this.slots.get(slot);
    if (items === undefined) this.slots.set(slot, new Set([item]));
    else items.add(item);
    if (slot < this.first) this.first = slot;
  }

  remove(item: T): void {
    const slot = slotOf(item.dueAt);
    const items = this.slots.get(slot);
    item.dueAt = Number.POSITIVE_INFINITY;
    items?.delete(item);
    if (items?.size === 0) this.slots.delete(slot);
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
        for (const item of items) {
          item.dueAt = Number.POSITIVE_INFINITY;
          due.push(item);
        }
        this.slots.delete(slot);
      } else if (slot < next) next = slot;
    this.first = next;
    return due;
  }
}

function slotOf(time: number): number {
  return Math.ceil(time / SLOT_MS);
}
