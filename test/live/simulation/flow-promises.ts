/** What is promised of rules across traces: what is in force, and what is counted, is what a replay over the same spans gives. */
import type { Span } from '../../../engine/otlp/model.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { WatchedCase } from '../../../engine/verdicts/violation.js';
import { EPOCH } from '../../support/arbitrary/spans.js';
import type { Evidence } from './evidence.js';
import { type FlowCase, flowCases, type TracesOfTenant } from './flow-verdicts.js';
import { ruleKeyOf } from './judged.js';
import { flowRulesOf } from './rules.js';

const NS_PER_MS = 1_000_000n;

export function brokenFlowPromises(
  evidence: Evidence,
  mayBeForgotten: (trace: string) => boolean,
): readonly string[] {
  const { arrivals, rules } = evidence;
  const keys = arrivals.keys().filter((key) => evidence.judged.spansOf(key).size > 0);
  const tenants = new Set(keys.map((key) => key.split(' ')[0]!));
  const faults: string[] = [];
  for (const tenant of tenants) {
    const mine = keys.filter((key) => key.startsWith(`${tenant} `));
    // What comes of a trace that is forgotten takes its place.
    if (mine.some(mayBeForgotten) || flowRulesOf(rules).length === 0) continue;
    const traces: TracesOfTenant = new Map(
      mine.map((key) => [key.split(' ')[1]!, evidence.judged.spansOf(key)]),
    );
    faults.push(...stoppedClock(evidence, tenant, mine));
    faults.push(...settledTooEarly(evidence, tenant));
    for (const rule of flowRulesOf(rules)) {
      if (!evidence.shelf.has(rule)) faults.push(`${rule.id} is not judged across traces`);
      else faults.push(...ofRule(evidence, tenant, rule, withTaken(evidence, tenant, rule, traces)));
    }
  }
  return [...faults, ...wrongTotals(evidence), ...wrongEvidence(evidence)];
}

/** Where rules of one trace failed on its last spans, it is flows alone that have taken them. */
function withTaken(
  { shelf }: Evidence,
  tenant: string,
  rule: RulePlan,
  judged: TracesOfTenant,
): TracesOfTenant {
  const taken = shelf.tracesOf(tenant, rule);
  // A trace is taken before its rules are judged, and some of them may not be judged to the end.
  const ids = new Set([...judged.keys(), ...taken.keys()]);
  return new Map([...ids].map((id) => [id, new Set([...(judged.get(id) ?? []), ...(taken.get(id) ?? [])])]));
}

function ofRule(
  evidence: Evidence,
  tenant: string,
  rule: RulePlan,
  traces: TracesOfTenant,
): readonly string[] {
  const { shelf, inForce, clockSet } = evidence;
  const constant = !inForce.since.has(rule.id);
  // From when on it has seen all spans is known by the clock.
  if (!constant && clockSet) return [];
  const flows = shelf.tenant(tenant);
  const faults = constant ? lostSpans(evidence, tenant, rule, traces) : [];
  const sinceNs = shelf.sinceNs(rule) ?? 0n;
  // The process that was there first may have been killed before it could note anything, and took no spans for flows.
  const cameMs = Math.min(...evidence.arrivals.keys().map((key) => evidence.arrivals.firstOf(key)));
  const firstMs = evidence.holdUps.latest(0, cameMs);
  // By a clock that was set back a rule begins before all time, which leaves nothing out.
  const tooEarly = sinceNs < EPOCH && !clockSet;
  if (constant && (tooEarly || sinceNs > EPOCH + BigInt(firstMs) * NS_PER_MS))
    faults.push(`${rule.id} has always been there, and begins at ${sinceNs}`);
  const failed = flows.failed.get(ruleKeyOf(rule));
  const knownNs = shelf.knownNs(tenant, rule);
  const cases = flowCases(tenant, rule, traces, flows.endNs).filter(({ flow }) => failed?.has(flow) !== true);
  const isOpen = ({ firstNs, lastNs }: FlowCase): boolean => firstNs >= knownNs && lastNs >= flows.settledNs;
  const isHeld = ({ flow, firstNs, lastNs }: WatchedCase): boolean =>
    failed?.has(flow) === true || firstNs < knownNs || lastNs < flows.settledNs;
  faults.push(...wrongStanding(evidence, tenant, rule, cases.filter(isOpen), isHeld));
  if (failed !== undefined) return faults;
  const undecided = cases.filter((flowCase) => flowCase.kind === 'undecided' && isOpen(flowCase)).length;
  const known = evidence.undecided(tenant, rule.id);
  if (undecided !== known)
    faults.push(`${undecided} cases of ${rule.id} in ${tenant} are undecided, and ${known} are said to be`);
  const unsettled = cases.filter(({ lastNs }) => lastNs >= flows.settledNs);
  const counted = flows.counted.among(ruleKeyOf(rule), unsettled);
  const uncounted = unsettled.filter(
    (flowCase) => isOpen(flowCase) && flowCase.lastNs < flows.endNs && !counted.has(flowCase),
  );
  for (const { id } of uncounted) faults.push(`case ${id} of ${rule.id} in ${tenant} was never counted`);
  return faults;
}

/**
 * What is not retracted is what the rule finds in the flows as they are in the end. `isHeld`: what was found in such a case is not retracted whatever comes, as it was settled, or
 * saw spans that are gone, or as the rule failed on the flow since.
 */
function wrongStanding(
  { receiver, shelf }: Evidence,
  tenant: string,
  rule: RulePlan,
  open: readonly FlowCase[],
  isHeld: (found: WatchedCase) => boolean,
): string[] {
  const violated = new Set(open.filter(({ kind }) => kind === 'violation').map(({ id }) => id));
  const standing = new Set(
    [...receiver.violations().values()]
      .filter(
        (known) => known.tenant === tenant && known.rule === rule.id && known.revision === rule.revision,
      )
      .filter((known) => known.standing.length > 0)
      .map(({ id }) => id),
  );
  const missing = [...violated].filter((id) => !standing.has(id));
  const none = [...standing].filter((id) => !violated.has(id) && !isHeld(shelf.foundIn.get(id)!));
  return [
    ...missing.map((id) => `violation ${id} of ${rule.id} in a flow of ${tenant} is missing`),
    ...none.map((id) => `violation ${id} of ${rule.id} in a flow of ${tenant} is none`),
  ];
}

/** All spans of traces that were judged are there for rules that have always been there. */
function lostSpans({ shelf }: Evidence, tenant: string, rule: RulePlan, traces: TracesOfTenant): string[] {
  const taken = shelf.tracesOf(tenant, rule);
  const { knownNs } = shelf.tenant(tenant);
  return [...traces].flatMap(([traceId, spans]) => {
    const isLost = (span: Span): boolean => span.start >= knownNs && taken.get(traceId)?.has(span) !== true;
    const lost = [...spans].filter(isLost).length;
    return lost === 0
      ? []
      : [`${lost} spans of ${tenant} ${traceId} were judged, and not taken for ${rule.id}`];
  });
}

/** For as long as spans may come late, what was found can still change. */
function settledTooEarly({ shelf, scenario }: Evidence, tenant: string): readonly string[] {
  const { endNs, settledNs } = shelf.tenant(tenant);
  const graceNs = BigInt(scenario.constants.live.flowGraceMs) * NS_PER_MS;
  if (settledNs === 0n || settledNs <= endNs - graceNs) return [];
  return [`flows of ${tenant} are judged up to ${endNs}, and settled up to ${settledNs}`];
}

/** The clock of spans advances, where nothing held up the service. */
function stoppedClock(evidence: Evidence, tenant: string, keys: readonly string[]): readonly string[] {
  const { arrivals, judged, shelf, holdUps, clockSet, scenario } = evidence;
  if (clockSet || !holdUps.none) return [];
  const begunMs = EPOCH / NS_PER_MS;
  let latest = 0n;
  for (const key of keys)
    for (const span of judged.spansOf(key)) {
      const end = (span.start + span.duration) / NS_PER_MS;
      const sent = begunMs + BigInt(arrivals.sentBy(key, [span]));
      const known = end < sent ? end : sent;
      if (known > latest) latest = known;
    }
  const due = (latest - BigInt(scenario.constants.live.latenessMs)) * NS_PER_MS;
  const { endNs } = shelf.tenant(tenant);
  if (endNs >= due) return [];
  return [`flows of ${tenant} are judged up to ${endNs}, and spans have come up to ${due}`];
}

/** The metrics say what was counted, where no process went down with its metrics. */
function wrongTotals({ shelf, totals, crashes, inForce, holdUps }: Evidence): readonly string[] {
  if (crashes > 0 || inForce.changes.length > 0 || !holdUps.none) return [];
  const kinds = [...shelf.tenants.values()].flatMap(({ counted }) => counted.kinds);
  const count = (wanted: string): number => kinds.filter((kind) => kind === wanted).length;
  const faults: string[] = [];
  const expect = (what: string, counted: number, happened: number): void => {
    if (counted !== happened) faults.push(`${happened} cases of flows ${what}, and ${counted} are counted`);
  };
  expect('passed', totals.flows.passed, count('pass'));
  expect('could not be determined', totals.flows.cannotTell, count('cannot tell'));
  expect('were unseen', totals.flows.unseen, count('unseen'));
  return faults;
}

/** Evidence has each case once, whatever went down in between. */
function wrongEvidence({ shelf, tallied, bySql }: Evidence): readonly string[] {
  if (tallied === undefined) return [];
  const tenants = [...shelf.tenants.values()];
  const names = {
    passed: 'pass',
    violated: 'violation',
    cannotTell: 'cannot tell',
    unseen: 'unseen',
  } as const;
  return [...shelf.rulesEver].flatMap((rule) =>
    (Object.keys(names) as (keyof typeof names)[]).flatMap((name) => {
      const found = tallied.get(rule)?.[name] ?? 0;
      const is = tenants.reduce((sum, { counted }) => sum + counted.count(rule, names[name]), 0);
      // Of spans that were there before the rule, and come again, the database knows that.
      if (name === 'unseen' && bySql && shelf.laterRules.has(rule)) return [];
      return found === is ? [] : [`evidence has ${found} cases of ${rule} as ${name}, and there were ${is}`];
    }),
  );
}
