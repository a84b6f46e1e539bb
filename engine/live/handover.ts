import type { EarlyWatch } from './early-watch.js';
import { isFlowPlace } from './flows/place.js';
import { decodeTraces } from './otlp/decode.js';
import type { Outbox } from './outbox/outbox.js';
import type { CaseTally } from './tally.js';
import { arrivedSpans } from './traces/arrived.js';
import type { DueQueue } from './traces/due-queue.js';
import type { OpenTrace } from './traces/open-trace.js';
import type { TraceTable } from './traces/trace-table.js';
import { isWindowKey } from './violation/window-entry.js';

export interface HandoverParts {
  readonly table: TraceTable;
  readonly due: DueQueue<OpenTrace>;
  readonly early: EarlyWatch;
  readonly outbox: Outbox;
  readonly tally: CaseTally | undefined;
  /** Resolves when no batch is being judged. */
  readonly idle: () => Promise<void>;
}

/**
 * Where spans come from a log that several processes share: which traces this process still needs of it, and how they go from one process to
 * another. Traces are named by their keys (`traceKey`).
 */
export class Handover {
  private readonly parts: HandoverParts;

  constructor(parts: HandoverParts) {
    this.parts = parts;
  }

  /** Whether spans of the trace are held. Once they are not, what was found in the trace is in the outbox. */
  holds(key: string): boolean {
    return this.parts.table.get(key) !== undefined;
  }

  /**
   * Takes a request, in protobuf form, only for the names of its traces: another process has judged them, so spans that come later are too
   * late. Throws `MalformedOtlp`.
   */
  passOver(tenant: string, body: Uint8Array): void {
    for (const key of arrivedSpans(tenant, decodeTraces(body)).rowsOf.keys())
      if (!this.holds(key)) this.parts.table.bury(key);
  }

  /** Lets go of traces without judging them: from now on another process does, and this one may get them back. Nothing is retracted. */
  async release(keys: readonly string[]): Promise<void> {
    const { table, due, early, idle } = this.parts;
    await idle();
    for (const key of keys) {
      const trace = table.get(key);
      if (trace === undefined) continue;
      table.release(trace);
      due.remove(trace);
      early.forget(trace);
    }
    await this.forget(keys);
  }

  /** Forgets what was found in traces that are not held: nobody sends them again. */
  async forget(keys: readonly string[]): Promise<void> {
    const { outbox, tally } = this.parts;
    const gone = keys.filter((key) => !this.holds(key));
    await outbox.forget(gone);
    tally?.forget(gone);
  }

  /** The same of all traces that are not held, but for those that `keeps` names: whoever sends has sent again what was not over. */
  async forgetGone(keeps: (key: string) => boolean = () => false): Promise<void> {
    const { outbox, tally } = this.parts;
    const isKept = (key: string): boolean => this.holds(key) || keeps(key);
    await outbox.forget(
      outbox.traces().filter((key) => !isKept(key) && !isWindowKey(key) && !isFlowPlace(key)),
    );
    tally?.retain(isKept);
  }
}
