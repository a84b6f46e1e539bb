/** Windows of rules over many traces judged once more, and what is reported of them, both times. */
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import type { Reported } from '../ownership/pieces.js';
import {
  type JudgedAgain,
  Recheck,
  type RecheckedAnswer,
  type RecheckPorts,
  type RecheckSettings,
} from '../stored/recheck.js';
import { windowEntries, windowKey } from '../violation/window-entry.js';
import { windowRetractionSpan } from '../violation/window-span.js';
import type { WatchedWindowRule, WindowPorts, WindowSettings } from './window-ports.js';
import { WINDOWS_BEFORE } from './window-store.js';

type Ports = Pick<WindowPorts, 'judge' | 'onViolation' | 'onRetraction'> &
  Pick<
    RecheckPorts<WatchedWindowRule>,
    'wall' | 'counters' | 'outbox' | 'judged' | 'rechecks' | 'entries' | 'storedSince' | 'onProblem'
  >;

export function recheckOfWindows(
  ports: Ports,
  settings: RecheckSettings & Pick<WindowSettings, 'mostViolations'>,
): Recheck<WatchedWindowRule> {
  return new Recheck<WatchedWindowRule>(
    {
      ...ports,
      planOf: ({ plan }) => plan,
      seesNs: () => 0n,
      groupOf: ({ plan }) => `${plan.window} ${plan.every}`,
      judge: async (tenant, due): Promise<RecheckedAnswer> => {
        const [{ watched: first, from, until }] = due as readonly [(typeof due)[0], ...typeof due];
        const [window, every] = [BigInt(first.plan.window), BigInt(first.plan.every)];
        const [firstEnd, lastEnd] = [(from / every + 1n) * every, (until / every) * every];
        if (firstEnd > lastEnd) return { results: due.map(() => NO_WINDOWS), unread: [] };
        const fromNs = firstEnd - window;
        const { results, unread } = await ports.judge(tenant, {
          rules: due.map(({ watched }) => watched.resolved),
          range: { fromNs: fromNs - BigInt(WINDOWS_BEFORE) * window, toNs: lastEnd },
          judgedFromNs: fromNs,
          rememberedWindows: WINDOWS_BEFORE,
          bucketNs: window,
          limit: settings.mostViolations * (Number((lastEnd - firstEnd) / every) + 1),
        });
        return { results: results.map((result) => judgedAgain(ports, tenant, result)), unread };
      },
      placeOf: (tenant, _, id) => windowKey(tenant, id),
      retractionOf: ({ plan }, { id, sees: [from] }) =>
        windowRetractionSpan(plan, { id, fromNs: BigInt(from) }),
      onRetraction: (tenant, { plan }, entry) => ports.onRetraction(tenant, plan, entry),
    },
    settings,
  );
}

const NO_WINDOWS: JudgedAgain = { found: [], leftOut: 0, decides: () => true };

function judgedAgain(ports: Ports, tenant: string, result: JudgedWindowRule): JudgedAgain {
  const { rule, problem, violations, violated } = result;
  return {
    ...(problem === undefined ? {} : { problem }),
    found: violations.map((found) => ({
      id: found.id,
      change: (before) => {
        const known = before.get(found.id);
        if (known?.stands) return undefined;
        const generation = known === undefined ? 0 : known.generation + 1;
        const { entries, outgoing } = windowEntries(tenant, rule, [found], { basis: 'stored', generation });
        const onReported = (): void => ports.onViolation(tenant, rule, found);
        return { entry: entries[0]!, outgoing: outgoing[0]!, onReported };
      },
    })),
    leftOut: violated - violations.length,
    decides: decidedBy(result),
  };
}

/** Whether a violated window would be among those that are listed; of windows that the run looked at. */
export function decidedBy({
  violations,
  violated,
  unjudged,
}: JudgedWindowRule): (sees: Reported['sees']) => boolean {
  // Violations beyond the bound are not known by their ids: those that are begin with the earliest.
  const knownNs = violated > violations.length ? (violations.at(-1)?.fromNs ?? 0n) : undefined;
  return ([from, to]) =>
    (knownNs === undefined || BigInt(from) < knownNs) &&
    !unjudged.some((some) => BigInt(from) >= some.fromNs && BigInt(to) <= some.toNs);
}

export function reportedOf({ id, fromNs, toNs }: WindowViolation): Reported {
  return { id, sees: [`${fromNs}`, `${toNs}`] };
}
