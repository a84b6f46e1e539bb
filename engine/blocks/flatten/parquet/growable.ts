/** Typed arrays that grow, and scratch space that is reused: the tight loops work on the arrays themselves. */

export class Ints {
  array: Int32Array;
  length = 0;

  constructor(capacity = 256) {
    this.array = new Int32Array(capacity);
  }

  /** Makes room for `count` more and returns the array to write to; the caller then moves `length`. */
  reserve(count: number): Int32Array {
    const needed = this.length + count;
    if (needed > this.array.length) {
      const grown = new Int32Array(Math.max(needed, this.array.length * 2));
      grown.set(this.array.subarray(0, this.length));
      this.array = grown;
    }
    return this.array;
  }

  push(value: number): void {
    if (this.length === this.array.length) this.reserve(1);
    this.array[this.length++] = value;
  }

  values(): Int32Array {
    return this.array.subarray(0, this.length);
  }
}

/** A reused array of at least `count` elements; its content is whatever was left there. */
export class ByteScratch {
  private array = new Uint8Array(1 << 16);

  get(count: number): Uint8Array {
    if (this.array.length < count) this.array = new Uint8Array(Math.max(count, this.array.length * 2));
    return this.array;
  }
}

export class IntScratch {
  private array = new Int32Array(1 << 14);

  get(count: number): Int32Array {
    if (this.array.length < count) this.array = new Int32Array(Math.max(count, this.array.length * 2));
    return this.array;
  }
}

let numbers = new Int32Array(1 << 14).map((_, n) => n);

/** 0, 1, 2 … in an array that many share: to read only. */
export function ascending(count: number): Int32Array {
  if (numbers.length < count) numbers = new Int32Array(Math.max(count, numbers.length * 2)).map((_, n) => n);
  return numbers.subarray(0, count);
}
