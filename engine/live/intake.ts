import type { RefusedSpan } from '../otlp/request.js';
import type { LiveCounters } from './counters.js';
import type { EarlyWatch } from './early-watch.js';
import type { LivePorts } from './live-ports.js';
import { LogRefusal } from './log/log.js';
import type { InvalidSpan, SpanBatch } from './otlp/batch.js';
import { decodeTraces } from './otlp/decode.js';
import type { RuleSet } from './rules/rule-set.js';
import type { ServedClock } from './served-clock.js';
import type { LiveSettings } from './settings.js';
import type { SpanLog } from './span-log/span-log.js';
import { type ArrivedSpans, arrivedSpans } from './traces/arrived.js';
import type { DueQueue } from './traces/due-queue.js';
import type { OpenTrace } from './traces/open-trace.js';
import type { Added, TraceTable } from './traces/trace-table.js';

/** Traces beyond the bound may be held while others are judged, up to this factor; then requests are refused. */
const HARD_FACTOR = 1.25;

export interface IntakeParts {
  readonly tally: LivePorts['tally'];
  readonly settings: LiveSettings;
  readonly counters: LiveCounters;
  readonly table: TraceTable;
  readonly due: DueQueue<OpenTrace>;
  readonly early: EarlyWatch;
  readonly spans: SpanLog;
  readonly clock: ServedClock;
  readonly rules: () => RuleSet;
  /** Whether what earlier processes logged is still being read. */
  readonly isRecovering: () => boolean;
}

/** Takes requests: logs them, and adds their spans to the open traces. */
export class Intake {
  /** Traces of the log are not looked at before. */
  notBefore = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: IntakeParts) {}

  /** As `Live.accept`, which see. */
  async accept(tenant: string, body: Uint8Array, unread: readonly RefusedSpan[]): Promise<SpanBatch> {
    const { counters, table, settings, spans, tally } = this.parts;
    const batch = decodeTraces(body);
    counters.requests++;
    if (batch.count > 0) {
      if (this.parts.isRecovering()) throw new LogRefusal('disk', 'the logs are still being read');
      if (table.bytes + body.length > settings.maxBytes * HARD_FACTOR)
        throw new LogRefusal('full', 'open traces have reached the bound of memory');
      const arrived = arrivedSpans(tenant, batch);
      await spans.append(arrived, body, (segment) => {
        const { tooLate } = this.add(arrived, segment);
        if (tooLate > 0) tally?.refused(tenant, 0, tooLate);
      });
    }
    counters.own += batch.refused.own;
    for (const { reason } of unread) this.refuse(tenant, reason, 1);
    for (const [reason, count] of batch.refused.invalid) this.refuse(tenant, reason, count);
    return batch;
  }

  private refuse(tenant: string, reason: InvalidSpan, count: number): void {
    const { counters, tally } = this.parts;
    counters.invalid.set(reason, (counters.invalid.get(reason) ?? 0) + count);
    tally?.refused(tenant, count, 0);
  }

  /** Adds spans that are in the log. `leavesOut`: traces, by key, of which nothing is to be held. */
  add(
    arrived: ArrivedSpans,
    segment: number,
    atMs = this.parts.clock.read(),
    leavesOut?: (key: string) => boolean,
  ): Added {
    const { counters, table, settings, due, early } = this.parts;
    const rules = this.parts.rules();
    const { tenant, batch } = arrived;
    counters.expectTenant(tenant);
    const added = table.add(arrived, segment, atMs, leavesOut);
    const { touched, late, tooLate } = added;
    counters.spans += batch.count;
    counters.late += late;
    counters.tooLate += tooLate;
    const soonest = Math.min(
      settings.completeAfterMs,
      ...rules.closing.map(({ closesAfterMs }) => closesAfterMs ?? Number.POSITIVE_INFINITY),
    );
    for (const trace of touched) due.schedule(trace, Math.max(atMs + soonest, this.notBefore));
    early.noteSpans(tenant, touched, rules.early);
    return added;
  }
}
