import type { RulePlan } from '../../plan/plan.js';
import type { DecidedCases } from '../../replay/flows/decided-flows.js';
import { least } from '../../shared/least.js';
import type { TraceViolation } from '../../verdicts/violation.js';
import { flowPlace } from '../flows/place.js';
import type { OutboxEntry } from '../outbox/entry.js';
import type { Reported } from '../ownership/pieces.js';
import { type Emission, emission } from '../reconcile.js';
import { type Placement, retractionSpan } from '../violation/span.js';
import type { StoredFlowPorts, StoredFlowSettings, WatchedFlowRule } from './flow-ports.js';
import type { CaseTimes } from './next-cases.js';
import {
  type DueAgain,
  type JudgedAgain,
  Recheck,
  type RecheckPorts,
  type RecheckSettings,
} from './recheck.js';

type Ports = Pick<StoredFlowPorts, 'judge' | 'onViolation' | 'onRetraction'> &
  Pick<
    RecheckPorts<WatchedFlowRule>,
    'wall' | 'counters' | 'outbox' | 'judged' | 'rechecks' | 'entries' | 'storedSince' | 'onProblem'
  >;
type Settings = RecheckSettings & Pick<StoredFlowSettings, 'graceMs' | 'mostViolations' | 'placement'>;

const HOUR_NS = 3_600_000_000_000n;

export function recheckOfFlows(
  ports: Ports,
  settings: Settings,
  timesOf: (rule: RulePlan) => CaseTimes,
): Recheck<WatchedFlowRule> {
  const { placement } = settings;
  const seesNs = ({ plan }: WatchedFlowRule): bigint => {
    const { withinNs, graceNs } = timesOf(plan);
    return 2n * withinNs + graceNs;
  };
  const judgedAgain = (tenant: string, { result, toNs }: DecidedCases): JudgedAgain => {
    const { rule, problem, violations, violated, undecided, undecidedCases } = result;
    const isCut = violated > violations.length;
    const waiting = new Set(undecidedCases.map(({ time }) => time));
    const knownNs = least([
      toNs,
      ...(isCut ? [violations.at(-1)?.time ?? 0n] : []),
      ...(undecided > undecidedCases.length ? [undecidedCases.at(-1)?.time ?? 0n] : []),
    ]);
    return {
      ...(problem === undefined ? {} : { problem }),
      found: violations.map((found) => ({
        id: found.id,
        change: (before) => {
          const emitted = emissionOf(tenant, rule, found, before, placement);
          return emitted && { ...emitted, onReported: () => ports.onViolation(tenant, emitted.violation) };
        },
      })),
      leftOut: violated - violations.length,
      decides: ([time]) => BigInt(time) < knownNs && !waiting.has(BigInt(time)),
    };
  };
  return new Recheck<WatchedFlowRule>(
    {
      ...ports,
      planOf: ({ plan }) => plan,
      seesNs,
      groupOf: ({ plan }) => `${plan.flow?.within ?? 0}`,
      judge: async (tenant, due) => {
        const [first] = due as readonly [DueAgain<WatchedFlowRule>, ...DueAgain<WatchedFlowRule>[]];
        const { results, unread } = await ports.judge(tenant, {
          rules: due.map(({ watched, from, until }) => ({
            rule: watched.resolved,
            fromNs: from,
            toNs: until,
          })),
          // What these cases see at the most.
          endNs: first.until + seesNs(first.watched),
          graceNs: BigInt(settings.graceMs) * 1_000_000n,
          bucketNs: HOUR_NS,
          limit: settings.mostViolations,
        });
        return { results: results.map((decided) => judgedAgain(tenant, decided)), unread };
      },
      placeOf: (tenant, rule, id) => flowPlace(tenant, rule.id, id),
      retractionOf: ({ plan: rule }, { id, sees: [time], trace = '' }) =>
        retractionSpan({ id, rule, found: { time: BigInt(time), traceId: trace }, generation: 0 }, placement),
      onRetraction: (tenant, { plan }, entry) => ports.onRetraction(tenant, plan, entry),
    },
    settings,
  );
}

/** A case is in a range as a window is that ends right after its time. */
export function reportedOf({ id, time, traceId }: TraceViolation): Reported {
  return { id, sees: [`${time}`, `${time + 1n}`], trace: traceId };
}

/** Undefined where it was emitted, and not retracted. */
export function emissionOf(
  tenant: string,
  rule: RulePlan,
  found: TraceViolation,
  before: ReadonlyMap<string, OutboxEntry>,
  placement: Placement,
): Emission | undefined {
  const { id } = found;
  const finding = {
    id,
    tenant,
    trace: flowPlace(tenant, rule.id, id),
    rule,
    basis: 'stored',
    found,
  } as const;
  const emitted = emission(finding, before, placement);
  return emitted && { ...emitted, entry: { ...emitted.entry, sees: reportedOf(found).sees } };
}
