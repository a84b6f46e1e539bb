import { isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';

/** Senders choose texts: without a number that they cannot know they could choose ones that all fall into one slot. */
const SEED = randomInt(2 ** 32);

/**
 * Texts by number, found by their bytes: what spans say repeats, and a number is cheaper to keep and to compare than a
 * text. Entries point into the bytes they were found in, which must not change.
 */
export class TextPool {
  private readonly texts: Uint8Array[] = [];
  private hashes = new Int32Array(256);
  /** Number of a text plus one, by hash; open addressing. */
  private slots = new Int32Array(512);

  get size(): number {
    return this.texts.length;
  }

  /** Bytes of a text: UTF-8. */
  bytesOf(text: number): Uint8Array {
    return this.texts[text]!;
  }

  textOf(text: number): string {
    const { buffer, byteOffset, length } = this.texts[text]!;
    return Buffer.from(buffer, byteOffset, length).toString();
  }

  /** The number of the text in `bytes` from `from` to `to`. What is no UTF-8 is read as decoders do, with U+FFFD in it. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (let entry = this.slots[slot]!; entry !== 0; entry = this.slots[slot]!) {
      if (this.hashes[entry - 1] === hash && this.isAt(entry - 1, bytes, from, to)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.add(bytes.subarray(from, to), hash, slot);
  }

  private isAt(text: number, bytes: Uint8Array, from: number, to: number): boolean {
    const known = this.texts[text]!;
    if (known.length !== to - from) return false;
    for (let n = 0; n < known.length; n++) if (known[n] !== bytes[from + n]) return false;
    return true;
  }

  private add(bytes: Uint8Array, hash: number, slot: number): number {
    if (!isUtf8(bytes)) {
      const readable = Buffer.from(Buffer.from(bytes).toString());
      return this.intern(readable, 0, readable.length);
    }
    const text = this.texts.push(bytes) - 1;
    if (text === this.hashes.length) this.grow();
    this.hashes[text] = hash;
    if (this.slots.length < 2 * this.texts.length) this.rehash();
    else this.slots[slot] = text + 1;
    return text;
  }

  private grow(): void {
    const { hashes } = this;
    this.hashes = new Int32Array(hashes.length * 2);
    this.hashes.set(hashes);
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let text = 0; text < this.texts.length; text++) {
      let slot = this.hashes[text]! & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = text + 1;
    }
  }
}

/** FNV-1a from a seed, with its high bits mixed into the low ones, which choose the slot. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = SEED;
  for (let offset = from; offset < to; offset++) hash = Math.imul(hash ^ bytes[offset]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
