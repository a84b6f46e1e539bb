import type { Live } from '../../../engine/live/live.js';

/** Traces beyond the bound may be held while others are judged, up to this factor. */
const HARD_FACTOR = 1.25;

/** Whether the memory that traces take keeps its bound. */
export class MemoryWatch {
  /** The most bytes that open traces took beyond what is promised. */
  excessBytes = 0;
  wasFull = false;

  /** `maxBytes`: the bound of the process. */
  constructor(public maxBytes: number) {}

  /** `inFlightBytes`: the most bytes of requests at a time; `incomingBytes`: what may be on its way into memory in addition to the traces. */
  look({ openBytes, counters }: Live, inFlightBytes: number, incomingBytes = inFlightBytes): void {
    // It may have been full within a step, or while it read the log.
    if (openBytes + inFlightBytes > this.maxBytes || counters.evicted > 0) this.wasFull = true;
    this.excessBytes = Math.max(this.excessBytes, openBytes - HARD_FACTOR * this.maxBytes - incomingBytes);
  }
}
