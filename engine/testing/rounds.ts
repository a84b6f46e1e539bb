import { isDeepStrictEqual } from 'node:util';
import type { ResolvedTest } from '../language/link/resolved.js';
import type { Trace } from '../otlp/model.js';

/** A test with the traces that it is about. */
export interface TracedTest {
  readonly test: ResolvedTest;
  readonly traces: readonly Trace[];
}

/** Tests whose traces are judged together. */
export interface Round {
  readonly traces: readonly Trace[];
  readonly tests: readonly TracedTest[];
}

/**
 * Traces keep their ids, and among relations an id means one trace. So tests of other traces with one id are judged one round after
 * the other; tests of one and the same trace share it.
 */
export function roundsOf(tests: readonly TracedTest[]): readonly Round[] {
  const rounds: { readonly byId: Map<string, Trace>; readonly tests: TracedTest[] }[] = [];
  for (const test of tests) {
    let round = rounds.find(({ byId }) => test.traces.every((trace) => hasRoom(byId, trace)));
    if (round === undefined) {
      round = { byId: new Map(), tests: [] };
      rounds.push(round);
    }
    for (const trace of test.traces) round.byId.set(trace.traceId, trace);
    round.tests.push(test);
  }
  return rounds.map(({ byId, tests }) => ({ traces: [...byId.values()], tests }));
}

function hasRoom(byId: ReadonlyMap<string, Trace>, trace: Trace): boolean {
  const known = byId.get(trace.traceId);
  return known === undefined || isDeepStrictEqual(known, trace);
}
