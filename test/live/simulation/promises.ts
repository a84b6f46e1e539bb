/** What the live path promises, whatever happens to it, held against what came of a seed. */
import { createHash } from 'node:crypto';
import { encodeRecord } from '../../../engine/live/outbox/records.js';
import type { LiveSettings } from '../../../engine/live/settings.js';
import type { Span } from '../../../engine/otlp/model.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import { NO_CASES } from '../../../server/evidence/tally-state.js';
import { mayForget } from './constants.js';
import type { Evidence } from './evidence.js';
import { brokenFlowPromises } from './flow-promises.js';
import { keyOf, type LastJudgement, ruleKeyOf } from './judged.js';
import type { ReceivedViolation } from './receiver.js';
import type { JudgingTime } from './rule-stops.js';
import { traceRulesOf } from './rules.js';
import { SLACK_MS, wrongTimes } from './timing.js';
import { casesOf } from './verdicts.js';
import { brokenWindowPromises } from './window-promises.js';

export function brokenPromises(evidence: Evidence): readonly string[] {
  return [
    ...lostSpans(evidence),
    ...wrongSpansSent(evidence),
    ...wrongVerdicts(evidence),
    ...wrongTimes(evidence),
    ...wrongCounts(evidence),
    ...wrongEvidence(evidence),
    ...boundsExceeded(evidence),
    ...brokenFlowPromises(evidence, (key) => mayBeForgotten(evidence, key)),
    ...brokenWindowPromises(evidence),
  ];
}

/** Every span that was acknowledged is judged with all of its trace, unless the trace was over by then. */
function lostSpans(evidence: Evidence): readonly string[] {
  const { scenario, arrivals, judged, totals, wasFull } = evidence;
  const faults: string[] = [];
  const keptMs = keptFor(scenario.constants.live);
  let tooLate = 0;
  for (const key of arrivals.keys()) {
    if (mayBeForgotten(evidence, key)) continue;
    if (judged.shrunk.has(key)) faults.push(`a rest of ${key} was judged as if it were a trace`);
    const spans = judged.spansOf(key);
    const all = traceRulesOf(evidence.rules);
    for (const [span, acknowledgedMs] of arrivals.spansOf(key)) {
      if (spans.has(span)) continue;
      // Where no rule could be tried on the trace any more, nothing has seen the rest of it.
      const sent = arrivals.sentBy(key, [span]);
      const { until } = judgingTime(evidence, key, sent);
      const were = all.filter(({ id }) => {
        const since = evidence.inForce.since.get(id) ?? 0;
        return since <= until && (since <= sent || wasOpen(evidence, key, sent, since));
      });
      if (were.length > 0 && were.every((rule) => isReported(evidence, key, rule, [span]))) continue;
      tooLate++;
      if (!wasFull && !arrivals.wasQuiet(key, keptMs, acknowledgedMs))
        faults.push(`span ${span.spanId} of ${key}, acknowledged at ${acknowledgedMs}, was not judged`);
    }
  }
  if (tooLate > totals.tooLate)
    faults.push(`${tooLate} spans came too late, and ${totals.tooLate} are counted so`);
  return faults;
}

/** A violation has one span at the receiver, one more each time that it was retracted, and nothing else is sent. */
function wrongSpansSent(evidence: Evidence): readonly string[] {
  const { receiver, judged } = evidence;
  const faults = [...receiver.retractedUnknown()];
  for (const { spanId, ...trace } of receiver.changed)
    if (!mayBeForgotten(evidence, keyOf(trace))) faults.push(`span ${spanId} was sent as two different ones`);
  for (const { id, spans, standing } of receiver.violations().values()) {
    const expected = spans.map((_, generation) => spanIdOf(id, generation)).sort();
    if (expected.join() !== [...spans].sort().join())
      faults.push(`violation ${id} was sent as ${spans.join()}`);
    if (standing.length > 1)
      faults.push(`violation ${id} is at the receiver as spans ${standing.join(' and ')}`);
    if (!judged.foundIn.has(id) && !evidence.windows.known.has(id))
      faults.push(`violation ${id} was sent, and no rule has found it`);
  }
  return faults;
}

/** A violation that is found for the n-th time, after retractions, from 0 on: whatever is sent again has the id that it had. */
function spanIdOf(violation: string, generation: number): string {
  return createHash('sha256').update(`violation ${violation} ${generation}`).digest('hex').slice(0, 16);
}

/** What is left is what the rules in force find in the traces as they are in the end. */
function wrongVerdicts(evidence: Evidence): readonly string[] {
  const { arrivals, judged, receiver, rules } = evidence;
  const faults: string[] = [];
  const standing = new Map<string, string[]>();
  for (const violation of receiver.violations().values())
    if (violation.standing.length > 0) {
      const caseKey = caseKeyOf(violation);
      standing.set(caseKey, [...(standing.get(caseKey) ?? []), violation.id]);
    }
  for (const key of arrivals.keys()) {
    if (mayBeForgotten(evidence, key)) continue;
    const spans = judged.spansOf(key);
    const [tenant = '', traceId = ''] = key.split(' ');
    for (const rule of traceRulesOf(rules)) {
      if (!mustJudge(evidence, key, rule)) continue;
      const last = judged.last(key, rule);
      if (last?.cases === undefined || last.spans.size < spans.size) {
        if (!isReported(evidence, key, rule, spans)) faults.push(`${rule.id} has not reported all of ${key}`);
        continue;
      }
      const expected = casesOf({ tenant, traceId, spans }, rule).violated;
      const found = (standing.get(`${key} ${ruleKeyOf(rule)}`) ?? []).sort();
      for (const id of expected)
        if (!found.includes(id) && !mayBeUndone(evidence, key, rule, last))
          faults.push(`violation ${id} of ${rule.id} in ${key} is missing`);
      for (const id of found)
        if (!expected.includes(id)) faults.push(`violation ${id} of ${rule.id} in ${key} is none`);
    }
  }
  return faults;
}

/** Whether it was reported that the rule has no verdict on these spans of the trace, when it was to be judged with them. */
function isReported(evidence: Evidence, key: string, rule: RulePlan, spans: Iterable<Span>): boolean {
  return evidence.stops.tellOf(key, rule, judgingTime(evidence, key, evidence.arrivals.sentBy(key, spans)));
}

/** Whether what the rule found may not have reached the disk when the process went down, and the next one reported that it did not try the rule again. */
function mayBeUndone(evidence: Evidence, key: string, rule: RulePlan, { at }: LastJudgement): boolean {
  return !evidence.holdUps.none && evidence.stops.wasStopped(key, rule, judgingTime(evidence, key, at));
}

/** When a trace of which something came at `from` was to be judged with it, other rules included that there were meanwhile. */
function judgingTime(
  { arrivals, inForce, holdUps, scenario }: Evidence,
  key: string,
  from: number,
): JudgingTime {
  const { longestQuietMs } = inForce;
  const keptMs = longestQuietMs + scenario.constants.live.graceMs + SLACK_MS;
  const last = arrivals.lastWaitedFor(key, from, (timeMs) => holdUps.latest(timeMs, timeMs + keptMs));
  return {
    from,
    until: holdUps.latest(from, last + longestQuietMs + SLACK_MS),
    mostSpans: arrivals.mostOf(key),
  };
}

/** Whether the rule has had its text since before the trace was closed the last time. */
function mustJudge(evidence: Evidence, key: string, rule: RulePlan): boolean {
  const { scenario, arrivals, judged, inForce, wasFull } = evidence;
  const since = inForce.since.get(rule.id);
  const { live } = scenario.constants;
  if (judged.spansOf(key).size === 0) return false;
  if (since === undefined) return true;
  // It may have come then, although it was not acknowledged before it came again.
  const last = arrivals.sentBy(key, judged.spansOf(key));
  if (last > since) return true;
  if (wasFull || since - arrivals.firstOf(key) >= live.maxAgeMs) return false;
  return wasOpen(evidence, key, last, since);
}

/**
 * Whether a trace of which something came `last` was open still at that time, whatever rules there were up to then. What comes when all
 * rules have waited long enough may be judged at once, with the trace that is being closed.
 */
function wasOpen({ inForce, arrivals }: Evidence, key: string, last: number, until: number): boolean {
  const between = inForce.changes.filter(({ at }) => at >= last && at <= until);
  const before = arrivals.lastOf(key, last - 1);
  const quietBefore = Number.isFinite(before) ? last - before : 0;
  return between.every(({ at, openForMs }, n) => at - last < openForMs && (n > 0 || quietBefore < openForMs));
}

/** The metrics say what happened, and nothing twice. */
function wrongCounts(evidence: Evidence): readonly string[] {
  const { reported, totals, receiver, judged, crashes } = evidence;
  const faults: string[] = [];
  const times = new Map<string, number>();
  for (const { key } of reported) times.set(key, (times.get(key) ?? 0) + 1);
  for (const [key, count] of times) {
    const trace = judged.foundIn.get(key.split(' ')[0]!);
    if (count > 1 && trace !== undefined && !mayBeForgotten(evidence, trace))
      faults.push(`violation ${key} was counted ${count} times`);
  }
  const cases = new Set<string>();
  for (const { key, group } of evidence.counted) {
    if (cases.has(`${key} ${group}`) && !mayBeForgotten(evidence, key))
      faults.push(`cases of ${key} are counted twice for evidence`);
    cases.add(`${key} ${group}`);
  }
  const expect = (what: string, counted: number, happened: number): void => {
    if (counted !== happened) faults.push(`${happened} ${what}, and ${counted} are counted`);
  };
  const { reportedWindows } = evidence;
  expect('violations were reported', totals.violations, reported.length + reportedWindows.length);
  if (crashes > 0) return faults;
  const undetermined = undeterminedCases(evidence);
  if (undetermined > totals.undetermined)
    faults.push(`${undetermined} traces have no verdict, and ${totals.undetermined} are counted`);
  const windows = new Set(reportedWindows);
  if (windows.size < reportedWindows.length) faults.push('a violated window was reported twice');
  expect('violations reached the receiver', times.size + windows.size, receiver.violationSpans);
  expect('retractions reached the receiver', totals.retracted, receiver.retractionSpans);
  return faults;
}

/** Evidence has the violations that are left: those of cases when they were counted, and what changed in them since. */
function wrongEvidence(evidence: Evidence): readonly string[] {
  const { tallied, arrivals, rules, inForce, receiver } = evidence;
  if (tallied === undefined || arrivals.keys().some((key) => mayBeForgotten(evidence, key))) return [];
  const left = [...receiver.violations().values()].filter(({ standing }) => standing.length > 0);
  return traceRulesOf(rules)
    .filter(({ id }) => !inForce.since.has(id))
    .flatMap((rule) => {
      const { violated, lateViolated, retracted } = tallied.get(ruleKeyOf(rule)) ?? NO_CASES;
      const counted = violated + lateViolated - retracted;
      const is = left.filter(
        ({ rule: id, revision }) => ruleKeyOf({ id, revision }) === ruleKeyOf(rule),
      ).length;
      return counted === is
        ? []
        : [
            `${is} violations of ${rule.id} are left, and evidence has ${counted}: ${violated}, ${lateViolated} later, ${retracted} retracted`,
          ];
    });
}

/** Traces that rules which never changed have no verdict on as they are in the end, each for each rule. */
function undeterminedCases({ arrivals, judged, rules, inForce }: Evidence): number {
  const constant = traceRulesOf(rules).filter(({ id }) => !inForce.since.has(id));
  const isUndetermined = (key: string, rule: RulePlan): boolean => {
    const last = judged.last(key, rule);
    return last?.cases === undefined || last.spans.size < judged.spansOf(key).size;
  };
  const keys = arrivals.keys().filter((key) => judged.spansOf(key).size > 0);
  return keys.reduce((sum, key) => sum + constant.filter((rule) => isUndetermined(key, rule)).length, 0);
}

function boundsExceeded({
  excessBytes,
  logBytes,
  outboxBytes,
  outboxEntries,
  scenario,
  mostInFlight,
}: Evidence): readonly string[] {
  const { segmentBytes, outboxBytes: mostOutbox } = scenario.constants;
  const faults: string[] = [];
  if (excessBytes > 0) faults.push(`open traces took ${excessBytes} bytes more than they may`);
  if (logBytes > segmentBytes + mostInFlight + RECORDS)
    faults.push(`${logBytes} bytes of the log are left when every trace is over`);
  // What was found in flows and windows is known for as long as it may be taken back.
  const kept = encodeRecord({ kind: 'changes', entries: outboxEntries, outgoing: [] }).length;
  const traces = outboxEntries.filter(({ sees }) => sees === undefined).length;
  if (traces > 0)
    faults.push(`${traces} violations of traces are left in the outbox when every trace is over`);
  if (outboxBytes > Math.max(mostOutbox / 4, 4 * kept) + 2 * RECORDS)
    faults.push(
      `${outboxBytes} bytes of the outbox are left when everything is delivered, for ${kept} that are kept`,
    );
  return faults;
}

/** Bytes of some records that say that traces are over. */
const RECORDS = 5000;

/**
 * With few tombstones, and over a crash, a trace that is over may be forgotten, and what still comes of it is a trace by
 * itself.
 */
function mayBeForgotten({ scenario, arrivals, wasFull, crashes }: Evidence, key: string): boolean {
  const { constants } = scenario;
  const mayBeOver = wasFull || arrivals.wasQuiet(key, keptFor(constants.live));
  return mayBeOver && (crashes > 0 || mayForget(constants));
}

/** Milliseconds that a trace is kept after its last span, at least. */
function keptFor({ quietAfterMs, graceMs }: LiveSettings): number {
  return quietAfterMs + graceMs;
}

function caseKeyOf({ tenant, traceId, rule, revision }: ReceivedViolation): string {
  return `${tenant} ${traceId} ${rule} ${revision}`;
}
