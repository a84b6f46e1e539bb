/** The same traces for however many replicas, each as a request of its own: requests that are put one after the other are one request. */
import { SPANS_PER_REQUEST, TRACES_PER_REQUEST, templateRequest, traceTemplates } from './live-requests.js';

const SECONDS = Number(process.env.BETRACE_BENCH_SECONDS ?? 20);
const SPANS_A_SECOND = 25_000;

export const REQUESTS = Math.ceil((SECONDS * SPANS_A_SECOND) / SPANS_PER_REQUEST);
export const SPANS = REQUESTS * SPANS_PER_REQUEST;
export const TRACES = REQUESTS * TRACES_PER_REQUEST;

interface SentTrace {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly bytes: Buffer;
}

const templates = traceTemplates();
const violating = templates.map((template) => template.violating.length > 0);

/** How many traces break each of the rare rules. */
export const breaking = Array.from({ length: TRACES }, (_, n) => violating[n % templates.length]).filter(
  Boolean,
).length;

/** Those of the n-th request, by their places. */
export function tracesOf(
  request: number,
  placeOf: (traceId: Uint8Array) => number,
): ReadonlyMap<number, readonly SentTrace[]> {
  const places = new Map<number, SentTrace[]>();
  for (let n = request * TRACES_PER_REQUEST; n < (request + 1) * TRACES_PER_REQUEST; n++) {
    const bytes = templateRequest(templates, n);
    const from = templates[n % templates.length]!.ids[0]!;
    const id = bytes.subarray(from, from + 16);
    const place = placeOf(id);
    const there = places.get(place);
    if (there === undefined) places.set(place, [{ id, bytes }]);
    else there.push({ id, bytes });
  }
  return places;
}
