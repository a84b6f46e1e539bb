/** The spans that a seed sends. */
import fc from 'fast-check';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { aTrace } from '../../support/arbitrary/trace.js';
import type { Constants } from './constants.js';
import type { Random } from './random.js';

export interface Request {
  readonly kind: 'request';
  readonly tenant: string;
  readonly spans: readonly SentSpan[];
  /** Turns after the step began. */
  readonly turns: number;
}

export interface SentSpan {
  readonly traceId: string;
  readonly span: Span;
}

export type TenantTrace = Trace & {
  readonly tenant: string;
  /** Virtual milliseconds. */
  readonly beginsMs: number;
};

const NS_PER_MS = 1_000_000n;

const TENANTS = ['shop', 'bank'];
const aSmallTrace = aTrace();

/** Two tenants have traces of the same ids, and other spans in them. */
export function tracesOf(
  random: Random,
  { traces, tenants, beginWithinMs }: Constants,
): readonly TenantTrace[] {
  return TENANTS.slice(0, tenants).flatMap((tenant) =>
    fc.sample(aSmallTrace, { numRuns: traces, seed: random.below(2 ** 31) }).map(({ spans }, n) => {
      const beginsMs = random.below(beginWithinMs);
      const begun = new Map<Span, Span>();
      // A span that is there twice is one span.
      for (const span of spans)
        if (!begun.has(span)) begun.set(span, { ...span, start: span.start + BigInt(beginsMs) * NS_PER_MS });
      return {
        tenant,
        beginsMs,
        traceId: (n + 1).toString(16).padStart(32, '0'),
        spans: spans.map((span) => begun.get(span)!),
      };
    }),
  );
}

/** Every span at least once, some twice, in requests that mix the traces of a tenant, in any order. */
export function requestsOf(
  random: Random,
  traces: readonly TenantTrace[],
  { spreadMs, tooLate, apart, live, secondWave }: Constants,
  longestQuietMs: number,
): readonly TimedRequest[] {
  const first = secondWave ? traces.slice(0, Math.ceil(traces.length / 2)) : traces;
  const stragglers = secondWave && tooLate ? first.filter(({ spans }) => new Set(spans).size > 1) : [];
  const punctual = first.map((trace) => (stragglers.includes(trace) ? withoutStraggler(trace) : trace));
  const requests = mixedRequests(random, punctual, { spreadMs, tooLate, apart, live });
  const secondMs = Math.max(...requests.map(({ at }) => at)) + longestQuietMs + live.graceMs;
  const second = crowdedRequests(random, traces.slice(first.length), secondMs);
  const late = stragglers.map((trace) => stragglerRequest(random, trace, secondMs));
  return [...requests, ...second, ...late].sort((a, b) => a.at - b.at);
}

function withoutStraggler({ spans, ...trace }: TenantTrace): TenantTrace {
  return { ...trace, spans: spans.filter((span) => span !== spans[0]) };
}

/** One span that comes when its trace is over, while others are open. */
function stragglerRequest(
  random: Random,
  { tenant, traceId, spans }: TenantTrace,
  secondMs: number,
): TimedRequest {
  const timeMs = secondMs + (3 + random.below(6)) * 1000;
  return {
    kind: 'request',
    at: timeMs,
    tenant,
    spans: [{ traceId, span: spans[0]! }],
    turns: random.below(80),
  };
}

type TimedRequest = Request & { readonly at: number };

/** Every span in a request of its own, some twice, many at once, within a few seconds. */
function crowdedRequests(
  random: Random,
  traces: readonly TenantTrace[],
  beginsMs: number,
): readonly TimedRequest[] {
  return traces.flatMap(({ tenant, traceId, spans }) => {
    return [...spans, ...spans].map(
      (span): TimedRequest => ({
        kind: 'request',
        at: beginsMs + (random.chance(0.8) ? 0 : 1000),
        tenant,
        spans: [{ traceId, span }],
        turns: random.below(80),
      }),
    );
  });
}

function mixedRequests(
  random: Random,
  traces: readonly TenantTrace[],
  { spreadMs, tooLate, apart, live }: Pick<Constants, 'spreadMs' | 'tooLate' | 'apart' | 'live'>,
): readonly TimedRequest[] {
  const slots = new Map<string, { at: number; tenant: string; spans: SentSpan[] }>();
  for (const { tenant, traceId, beginsMs, spans } of traces) {
    // At some times spans come together, from several traces.
    const rhythm = 1 + random.below(6);
    for (const span of [...spans, ...spans.filter(() => random.chance(0.2))]) {
      const late = random.chance(0.1);
      const lateMs = tooLate ? 20_000 + live.graceMs * 2 : live.graceMs;
      const after = late ? random.below(lateMs) : Math.floor(random.next() ** 2 * spreadMs);
      const second = Math.round((beginsMs + after) / 1000 / rhythm) * rhythm;
      const key = `${tenant} ${second} ${apart ? slots.size : random.below(2)}`;
      const slot = slots.get(key) ?? { at: second * 1000, tenant, spans: [] };
      slot.spans.push({ traceId, span });
      slots.set(key, slot);
    }
  }
  return [...slots.values()].map(({ at, tenant, spans }) => ({
    kind: 'request' as const,
    at,
    tenant,
    spans: random.shuffled(spans),
    turns: random.chance(0.5) ? 0 : random.below(300),
  }));
}
