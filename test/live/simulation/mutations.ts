import { FLOW_MUTATIONS } from './flow-mutations.js';
import { WINDOW_MUTATIONS } from './window-mutations.js';

/** A fault to put into the sources: a text that is there once, and what takes its place. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Set where only the database of the product shows it: then all seeds are judged by it. */
  readonly bySql?: true;
}

export const MUTATIONS: readonly Mutation[] = [
  ...FLOW_MUTATIONS,
  ...WINDOW_MUTATIONS,
  {
    name: 'violations beyond the bound are left out',
    file: 'engine/live/judging.ts',
    from: 'for (const found of page.found) await findings.add(found);',
    to: 'for (const found of page.found) await findings.add(found); break;',
  },
  {
    name: 'evidence does not count what a killed process had found late',
    file: 'engine/live/late-changes.ts',
    from: 'outbox.numberFrom(tally?.changesUpTo ?? 0);',
    to: 'outbox.numberFrom(tally?.changesUpTo ?? 0); outbox.counted(Number.MAX_SAFE_INTEGER);',
  },
  {
    name: 'evidence counts late changes again after each start',
    file: 'server/evidence/tally.ts',
    from: 'if (seq !== undefined && seq <= this.changesUpTo) return;',
    to: '',
  },
  {
    name: 'tombstones are lost on overflow',
    file: 'engine/live/live.ts',
    from: 'new TraceTable(settings.tombstones)',
    to: 'new TraceTable(3)',
  },
  {
    name: 'segments are dropped while spans are appended',
    file: 'engine/live/span-log/span-log.ts',
    from: 'for (const { segment } of this.appending) needed.push(segment);',
    to: '',
  },
  {
    name: 'a violation is sent again under another span id',
    file: 'engine/live/reconcile.ts',
    from: 'known === undefined ? 0 : known.generation + 1',
    to: 'known === undefined ? before.size % 2 : known.generation + 1',
  },
  {
    name: 'a retraction is forgotten',
    file: 'engine/live/findings.ts',
    from: 'const changes = missed.map(retraction)',
    to: 'const changes = missed.slice(1).map(retraction)',
  },
  {
    name: 'the log is not synced',
    file: 'engine/live/log/log.ts',
    from: 'await current.file.sync();',
    to: '',
  },
  {
    name: 'what a killed process has not synced counts',
    file: 'engine/live/log/log.ts',
    from: 'await log.settleLast(segments);',
    to: '',
  },
  {
    name: 'late spans are dropped',
    file: 'engine/live/traces/trace-table.ts',
    from: 'if (trace.closedAs !== undefined) late += rows.length;',
    to: 'if (trace.closedAs !== undefined) { late += rows.length; continue; }',
  },
  {
    name: 'traces are closed before they are quiet',
    file: 'engine/live/closing.ts',
    from: 'if (quiet >= wait) return',
    to: 'if (quiet >= wait / 2) return',
  },
  {
    name: 'traces are called complete that are not',
    file: 'engine/live/closing.ts',
    from: 'if (quiet >= soonest && isWhole(trace))',
    to: 'if (quiet >= soonest)',
  },
  {
    name: 'the waiting time of a rule is not looked at',
    file: 'engine/live/closing.ts',
    from: 'const wait = closesAfterMs ?? settings.quietAfterMs;',
    to: 'const wait = settings.quietAfterMs;',
  },
  {
    name: 'traces are let go of too early',
    file: 'engine/live/closing.ts',
    from: 'longestQuiet(rules, settings) + settings.graceMs',
    to: 'longestQuiet(rules, settings)',
  },
  {
    name: 'open traces are not judged by rules that are new',
    file: 'engine/live/live.ts',
    from: 'if (closed) for (const group of rules.closing.keys())',
    to: 'if (closed || trace) for (const group of rules.closing.keys())',
  },
  {
    name: 'open traces wait for rules that are gone',
    file: 'engine/live/live.ts',
    from: `      else {
        this.due.schedule(trace, this.clock.read());`,
    to: '      else {',
  },
  {
    name: 'rules that change meanwhile count as tried',
    file: 'engine/live/live.ts',
    from: 'if (done && this.rules === rules)',
    to: 'if (done)',
  },
  {
    name: 'cases are counted again after a crash',
    file: 'engine/live/live.ts',
    from: 'this.ports.tally?.has(trace.key, groupName(this.rules, group)) ?? trace.closedAs !== undefined',
    to: 'trace.closedAs !== undefined',
  },
  {
    name: 'violations are counted again after a crash',
    file: 'engine/live/outbox/outbox.ts',
    from: 'await log.replay((payload) => outbox.apply(decodeRecord(payload)), onDamage);',
    to: 'await log.replay((payload) => outbox.apply({ entries: [], ...decodeRecord(payload), ...{ entries: [] } }), onDamage);',
  },
  {
    name: 'what came too late is not known as that after a crash',
    file: 'engine/live/span-log/span-log.ts',
    from: 'over.length === 0 ? undefined : this.log.append(overRecord(over), true)',
    to: 'undefined',
  },
  {
    name: 'traces are let go of with spans that came meanwhile',
    file: 'engine/live/live.ts',
    from: 'candidates.filter((candidate) => this.isJudged(candidate))',
    to: 'candidates',
  },
  {
    name: 'requests are acknowledged before they are logged',
    file: 'engine/live/span-log/span-log.ts',
    from: 'await Promise.all([this.log.append(spansRecord(tenant, body)), said, time])',
    to: '[(this.log.append(spansRecord(tenant, body)).catch(() => 0), this.log.head)]',
  },
  {
    name: 'nothing says that a trace is over',
    file: 'engine/live/span-log/span-log.ts',
    from: 'if (keys.length > 0) await this.log.append(overRecord(keys), true);',
    to: '',
  },
  {
    name: 'the log is never let go of',
    file: 'engine/live/span-log/span-log.ts',
    from: 'await this.log.dropBefore(Math.min(...needed));',
    to: '',
  },
  {
    name: 'tidying the outbox loses what waits',
    file: 'engine/live/outbox/outbox.ts',
    from: 'const outgoing = [...this.pending.values()];',
    to: 'const outgoing: readonly OutgoingSpan[] = [];',
  },
  {
    name: 'spans that one request is refused for take others with them',
    file: 'engine/live/outbox/delivery.ts',
    from: 'if (middle > 0) {',
    to: 'if (middle > 1000) {',
  },
  {
    name: 'traces of two tenants with one id are one',
    file: 'engine/live/traces/arrived.ts',
    from: 'const key = traceKey(tenant, traceIdAt(batch, n));',
    to: "const key = traceKey('', traceIdAt(batch, n));",
  },
  {
    name: 'recovery does not keep the bound of memory',
    file: 'engine/live/live.ts',
    from: 'await this.makeRoom();',
    to: '',
  },
  {
    name: 'a process waits for traces as if they had just come',
    file: 'engine/live/served-clock.ts',
    from: 'this.before = ms;',
    to: '',
  },
  {
    name: 'spans behind those that were judged count as judged after a crash',
    file: 'engine/live/restore.ts',
    from: 'if (trace.spans !== before.spans) return false;',
    to: 'if (trace.spans < before.spans) return false;',
  },
  {
    name: 'what one group of the rules has judged counts for all after a crash',
    file: 'engine/live/restore.ts',
    from: 'if (closed || (alike && groups.has(groupName(rules, group))))',
    to: 'if (closed || alike)',
  },
  {
    name: 'a rule that cannot be judged stops the others of its tenant',
    file: 'engine/live/rule-health.ts',
    from: 'function textOf({ id, revision }: RulePlan): string {',
    to: "function textOf(_: RulePlan, id = '', revision = ''): string {",
  },
  {
    name: 'a rule that cannot be judged is stopped for other tenants',
    file: 'engine/live/rule-health.ts',
    from: 'function keyOf(tenant: string, rule: RulePlan): string {',
    to: "function keyOf(_: string, rule: RulePlan, tenant = ''): string {",
  },
  {
    name: 'a rule that was slow is never tried again',
    file: 'engine/live/rule-health.ts',
    from: "return this.now() < stopped.until ? 'no' : 'try';",
    to: "return 'no';",
  },
  {
    name: 'a rule that is stopped is stopped for small traces too',
    file: 'engine/live/rule-health.ts',
    from: 'if (stopped === undefined || trace.spans < fromSpans!)',
    to: 'if (stopped === undefined)',
  },
  {
    name: 'one trace that is too large stops a rule',
    file: 'engine/live/rule-health.ts',
    from: 'const STRIKES = 3;',
    to: 'const STRIKES = 1;',
  },
  {
    name: 'what a rule fails on is not tried in parts',
    file: 'engine/live/judging.ts',
    from: 'else if (count < MOST_FAILED_PARTS) again.push(rule);',
    to: 'else if (count < 0) again.push(rule);',
  },
  {
    name: 'of what is tried in parts the larger traces are left out',
    file: 'engine/live/judging.ts',
    from: 'return [...parts, { rules: again, traces: larger }, { rules: again, traces: smaller }];',
    to: 'return [...parts, { rules: again, traces: smaller.length > 1 ? smaller : larger }];',
  },
  {
    name: 'traces that are too large are not counted',
    file: 'engine/live/judging.ts',
    from: 'settled !== undefined, problem);\n        outcomes.get(rule)!.tooLarge.push(traces[0]!.trace);',
    to: 'settled !== undefined, problem);',
  },
  {
    name: 'a batch that does not fit in memory fails as the database does',
    file: 'engine/live/judge/judge.ts',
    from: 'if (!isOutOfMemory(error)) throw error;',
    to: 'throw error;',
  },
  {
    name: 'a receiver is believed however long it asks to wait',
    file: 'engine/live/outbox/hold.ts',
    from: 'Math.min(mostMs, Math.max(askedMs, backoffMs(1)))',
    to: 'Math.max(askedMs, backoffMs(1))',
  },
  {
    name: 'nobody tries meanwhile whether a receiver is well again',
    file: 'engine/live/outbox/hold.ts',
    from: 'probeAt: now + Math.min(waitMs, PROBE_MS),',
    to: 'probeAt: now + waitMs,',
  },
  {
    name: 'what has no verdict once late spans came is not counted',
    file: 'engine/live/judging.ts',
    from: 'if (batch.settled !== undefined) return;',
    to: 'if (batch.settled !== undefined || !batch.counted) return;',
  },
  {
    name: 'a process does not wait for the folder',
    file: 'server/live/directory-lock.ts',
    from: 'if (performance.now() >= until) throw',
    to: 'throw',
  },
  {
    name: 'a second process opens the folder all the same',
    file: 'server/live/directory-lock.ts',
    from: 'if (tryLock(handle.fd) && (await isAt(handle, path))) {',
    to: 'if ((tryLock(handle.fd) || true) && (await isAt(handle, path))) {',
  },
];
