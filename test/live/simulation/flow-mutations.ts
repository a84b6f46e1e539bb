import type { Mutation } from './mutations.js';

/** Faults of rules across traces. */
export const FLOW_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a retraction in a flow is forgotten',
    file: 'engine/live/flows/flow-findings.ts',
    from: 'const changes = missed.map(retraction)',
    to: 'const changes = missed.slice(1).map(retraction)',
  },
  {
    name: 'flows are settled before what was found is on disk',
    file: 'engine/live/flows/flow-watch.ts',
    from: 'const counts = await this.record(tenant, moment, some);',
    to: 'await some.settle(); const counts = await this.record(tenant, moment, some);',
  },
  {
    name: 'the clock of spans goes back',
    file: 'engine/live/flows/flow-watch.ts',
    from: 'const endNs = until > known ? until : known;',
    to: 'const endNs = until;',
  },
  {
    name: 'the clock of spans passes traces that are not taken yet',
    file: 'engine/live/taken-until.ts',
    from: 'if (start === undefined) return watermark;',
    to: 'return watermark;',
  },
  {
    name: 'violations are retracted whose cases are settled',
    file: 'engine/live/flows/flow-findings.ts',
    from: 'BigInt(last) >= settledNs &&',
    to: '',
  },
  {
    name: 'violations are retracted whose spans were let go of',
    file: 'engine/live/flows/flow-findings.ts',
    from: 'BigInt(first) >= knownNs,',
    to: 'BigInt(first) >= 0n * knownNs,',
  },
  {
    name: 'violations of flows are forgotten after a crash',
    file: 'engine/live/handover.ts',
    from: ' && !isFlowPlace(key)',
    to: '',
  },
  {
    name: 'traces count as taken that could not be',
    file: 'engine/live/flows/live-flows.ts',
    from: 'return false;',
    to: 'return true;',
  },
  {
    name: 'violations of flows are forgotten before they are settled',
    file: 'engine/live/flows/flow-watch.ts',
    from: "BigInt(sees?.[1] ?? '0') < settledNs",
    to: "BigInt(sees?.[0] ?? '0') >= 0n",
  },
  {
    name: 'a rule across traces that is new counts as one that has seen all',
    file: 'engine/live/flows/flow-watch.ts',
    from: 'sinceNs: BigInt(Math.floor(beginMs)) * NS_PER_MS',
    to: 'sinceNs: 0n * BigInt(beginMs)',
  },
  {
    name: 'cases are settled as soon as they are judged',
    file: 'engine/live/flows/flow-watch.ts',
    from: 'const settledNs = endNs - graceNs < known ? endNs - graceNs : known;',
    to: 'const settledNs = endNs + 0n * graceNs;',
  },
  {
    name: 'undecided cases are not counted after a start',
    file: 'engine/live/flows/flow-watch.ts',
    from: 'if (this.undecided === undefined) await this.countUndecided();',
    to: '',
  },
  {
    name: 'evidence counts flows again after a crash',
    file: 'server/evidence/tally.ts',
    from: "if (seq <= BigInt(this.state.flowSeq ?? '0')) return;",
    to: '',
  },
  {
    name: 'evidence does not hear of flows that were counted before a crash',
    file: 'engine/live/flows/flow-watch.ts',
    from: 'if (this.mayHaveNotes) await this.tellNotes();',
    to: '',
  },
  {
    name: 'spans that are taken again count as new',
    file: 'engine/sql/flows/kept/take.ts',
    from: 'coalesce(k.row, f.row)',
    to: 'f.row',
    bySql: true,
  },
  {
    name: 'flows that a trace was in before are not judged again',
    file: 'engine/sql/flows/kept/take.ts',
    from: 'SELECT DISTINCT tenant, n, flow FROM',
    to: 'SELECT DISTINCT tenant, n + 1000, flow FROM',
    bySql: true,
  },
  {
    name: 'a rule across traces that changes takes with it what is kept for others',
    file: 'engine/sql/flows/kept/kept-rules.ts',
    from: 'if (stay.length === 0) await clearKept(db);',
    to: 'await clearKept(db);',
    bySql: true,
  },
  {
    name: 'filters keep their numbers when rules across traces change',
    file: 'engine/sql/flows/kept/layout.ts',
    from: 'const old = before.predicates.indexOf(predicate);',
    to: 'const old = n;',
    bySql: true,
  },
  {
    name: 'flows are judged only when they change',
    file: 'engine/sql/flows/kept/choose.ts',
    from: 'AND due_ns <',
    to: 'AND 0 * due_ns >',
    bySql: true,
  },
];
