import { randomInt } from 'node:crypto';

/** Senders choose ids: without a number that they cannot know they could choose ones that all fall into one slot. */
const SEED = randomInt(2 ** 32);

/** More room than this, which one very large trace asked for, is given back. */
const KEPT_ROOM = 4096;
const ROOM = 64;

/** A set of span ids, each with a small number as its tag, that can be used again and again without leaving garbage. */
export class SpanIds {
  private count = 0;
  private low = new Int32Array(ROOM);
  private high = new Int32Array(ROOM);
  private tag = new Int32Array(ROOM);
  /** Index of an id plus one; open addressing, half of it empty at least. */
  private slots = new Int32Array(2 * ROOM);

  clear(): void {
    this.count = 0;
    if (this.low.length <= KEPT_ROOM) this.slots.fill(0);
    else {
      this.low = new Int32Array(ROOM);
      this.high = new Int32Array(ROOM);
      this.tag = new Int32Array(ROOM);
      this.slots = new Int32Array(2 * ROOM);
    }
  }

  /** Adds the id of 8 bytes at `offset`, and returns its index: ids are counted from 0 as they come. */
  add(bytes: Uint8Array, offset: number, tag = 0): number {
    const low = wordAt(bytes, offset);
    const high = wordAt(bytes, offset + 4);
    const slot = this.slotOf(low, high, tag);
    if (this.slots[slot] !== 0) return this.slots[slot]! - 1;
    const index = this.count++;
    this.slots[slot] = index + 1;
    this.low[index] = low;
    this.high[index] = high;
    this.tag[index] = tag;
    if (this.count === this.low.length) this.grow();
    return index;
  }

  has(bytes: Uint8Array, offset: number, tag = 0): boolean {
    return this.slots[this.slotOf(wordAt(bytes, offset), wordAt(bytes, offset + 4), tag)] !== 0;
  }

  /** Where the id is, or would be. */
  private slotOf(low: number, high: number, tag: number): number {
    const mask = this.slots.length - 1;
    let hash = Math.imul(low ^ SEED, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ high, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 16) ^ tag, 0x27d4eb2f);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]! - 1;
      if (id < 0 || (this.low[id] === low && this.high[id] === high && this.tag[id] === tag)) return slot;
    }
  }

  private grow(): void {
    this.low = doubled(this.low);
    this.high = doubled(this.high);
    this.tag = doubled(this.tag);
    this.slots = new Int32Array(this.slots.length * 2);
    for (let n = 0; n < this.count; n++)
      this.slots[this.slotOf(this.low[n]!, this.high[n]!, this.tag[n]!)] = n + 1;
  }
}

/** Whether the 8 bytes are all zero, as the parent of a root. */
export function isNoId(bytes: Uint8Array, offset: number): boolean {
  return wordAt(bytes, offset) === 0 && wordAt(bytes, offset + 4) === 0;
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}

function doubled(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
