/** What is promised of rules over many traces: the stored blocks have the last word, and what the spans show that came is not waited for. */
import type { WindowRulePlan } from '../../../engine/plan/window-plan.js';
import { EPOCH } from '../../support/arbitrary/spans.js';
import type { Evidence } from './evidence.js';
import { SLACK_MS } from './timing.js';
import { markKey, type WindowsAnswer } from './window-shelf.js';

const NS_PER_MS = 1_000_000n;
const EPOCH_MS = Number(EPOCH / NS_PER_MS);

export function brokenWindowPromises(evidence: Evidence): readonly string[] {
  return [
    ...wrongStanding(evidence),
    ...notAsked(evidence),
    ...notSent(evidence),
    ...leftOut(evidence),
    ...judgedTooLate(evidence),
  ];
}

/** What is left of windows that stored blocks were asked about is what they said last. */
function wrongStanding({ windows, receiver, inForce }: Evidence): readonly string[] {
  const faults: string[] = [];
  const last = new Map<string, { readonly answer: WindowsAnswer; readonly found: boolean }>();
  for (const answer of windows.stored)
    for (const [id, known] of windows.known)
      if (isOf(known, answer) && known.fromNs >= answer.fromNs && known.toNs <= answer.toNs)
        last.set(id, { answer, found: answer.found.includes(id) });
  const received = receiver.violations();
  for (const [id, { answer, found }] of last) {
    // What a rule said that is another now is not looked at again.
    if (inForce.since.has(answer.rule.id)) continue;
    const isLeft = (received.get(id)?.standing.length ?? 0) > 0;
    if (isLeft !== found)
      faults.push(
        `violation ${id} of a window of ${answer.rule.id} in ${answer.tenant} ${isLeft ? 'is left, and is none by the stored blocks' : 'is missing'}`,
      );
  }
  return faults;
}

/** Stored blocks are asked about one window after the other, from the first on that anybody asked about who could keep that. */
function notAsked({ windows, clockSet }: Evidence): readonly string[] {
  if (clockSet) return [];
  const faults: string[] = [];
  const until = new Map<string, bigint>();
  for (const { tenant, rule, fromNs, toNs, isBegun } of windows.stored) {
    const key = markKey(tenant, rule);
    if (!isBegun) continue;
    const known = until.get(key) ?? toNs;
    const next = known + BigInt(rule.every) - BigInt(rule.window);
    if (fromNs > next)
      faults.push(
        `stored blocks were not asked about windows of ${rule.id} in ${tenant} from ${next} to ${fromNs}`,
      );
    if (toNs >= known) until.set(key, toNs);
  }
  return faults;
}

function isOf(
  known: WindowsAnswer | { readonly tenant: string; readonly rule: WindowRulePlan },
  answer: WindowsAnswer,
): boolean {
  return markKey(known.tenant, known.rule) === markKey(answer.tenant, answer.rule);
}

/** What was found by the spans that came, in windows that count as judged, was sent then, and not only when stored blocks had it too. */
function notSent({ windows, receiver }: Evidence): readonly string[] {
  const received = receiver.violations();
  return windows.early.flatMap(({ tenant, rule, found, isSettled }) =>
    (isSettled ? found : [])
      .filter((id) => received.get(id)?.basis !== 'early')
      .map((id) => `violation ${id} of a window of ${rule.id} in ${tenant} was found early, and not sent`),
  );
}

/** Windows are judged one after the other, from the first on that begins after the rule was there. */
function leftOut({ windows }: Evidence): readonly string[] {
  const faults: string[] = [];
  const until = new Map<string, bigint>();
  for (const { tenant, rule, fromNs, toNs, storedNs, sinceNs } of windows.early) {
    const key = markKey(tenant, rule);
    const [window, every] = [BigInt(rule.window), BigInt(rule.every)];
    if (fromNs < sinceNs)
      faults.push(`a window of ${rule.id} was judged early that began before the rule was there`);
    // A rule that was away begins anew.
    const first = upTo(sinceNs, every) + window - every;
    const judged = until.get(key);
    const next = (judged !== undefined && judged > first ? judged : first) + every - window;
    if (fromNs > next && next + window > storedNs)
      faults.push(`the window of ${rule.id} in ${tenant} from ${next} on was not judged early`);
    if (toNs > (until.get(key) ?? 0n)) until.set(key, toNs);
  }
  return faults;
}

/** In the end all windows are judged that are over by the clock of spans, unless stored blocks had been asked about them by then. */
function judgedTooLate({
  windows,
  arrivals,
  crashes,
  scenario,
  inForce,
  holdUps,
}: Evidence): readonly string[] {
  // The clock of spans of a process begins with the spans that come to it.
  if (crashes > 0 || !holdUps.none) return [];
  const { latenessMs, overEarlyMs, overDelayMs, maxAgeMs } = scenario.constants.live;
  return [...windows.tenants].flatMap((tenant) => {
    const mine = arrivals.keys().filter((key) => key.startsWith(`${tenant} `));
    const came = mine.flatMap((key) =>
      [...arrivals.spansOf(key)].map(([{ start, duration }, acknowledgedMs]) => ({
        end: Number((start + duration) / NS_PER_MS),
        at: EPOCH_MS + acknowledgedMs,
      })),
    );
    // No span is from later than when it came.
    const latest = Math.max(...came.map(({ end, at }) => Math.min(end, at)));
    const settled = BigInt(latest - latenessMs - overEarlyMs) * NS_PER_MS;
    const lastAt = Math.max(...came.map(({ at }) => at));
    const stored = BigInt(lastAt + maxAgeMs + SLACK_MS - overDelayMs) * NS_PER_MS;
    return windows.plans
      .filter(({ id }) => !inForce.since.has(id))
      .flatMap((rule) => {
        const every = BigInt(rule.every);
        const due = (settled / every) * every;
        const first = upTo(windows.sinceNs(rule) ?? 0n, every) + BigInt(rule.window);
        const until = windows.marks.get(markKey(tenant, rule)) ?? 0n;
        return due < first || due <= stored || until >= due
          ? []
          : [`windows of ${rule.id} in ${tenant} are judged early up to ${until}, and are over up to ${due}`];
      });
  });
}

function upTo(timeNs: bigint, step: bigint): bigint {
  return ((timeNs + step - 1n) / step) * step;
}
