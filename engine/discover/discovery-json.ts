import type { SinceJson } from '../answers/judged-rule.js';
import { sinceJson } from '../replay/since-json.js';
import { timeOrNull } from '../replay/time-json.js';
import { type JudgedCaseRule, undecidedCases } from '../verdicts/judged-rule.js';
import { historyOf } from '../verdicts/rule-histories.js';
import type { Discovery } from './discover.js';
import type { ProposalKind } from './proposal.js';

/** Fields may be added; those that are here stay. */
export interface DiscoveryJson {
  readonly version: 1;
  readonly tenant: string;
  readonly range: { readonly from: string | null; readonly to: string | null };
  readonly traces: number;
  readonly spans: number;
  readonly rules: readonly {
    readonly id: string;
    readonly kind: ProposalKind;
    readonly summary: string;
    /** So many break it that it is no invariant; they are clearly apart from those that keep it. */
    readonly toLookAt: boolean;
    /** The rule with its tests, ready for a file. */
    readonly text: string;
    readonly applicable: number;
    readonly violated: number;
    /** Of a rule across traces: cases that what is stored has not decided yet. */
    readonly undecided: number;
    /** Since when it is violated as often as it is. */
    readonly since: SinceJson | null;
    /** Ids of traces that violate it, the earliest first: 20 at most. */
    readonly violatingTraces: readonly string[];
    /** Of a rule across traces: the values of the key of these, each once: 20 at most. */
    readonly violatingKeys: readonly Readonly<Record<string, unknown>>[];
  }[];
  /** How many more would have been proposed. */
  readonly leftOut: number;
}

const MOST_TRACES = 20;

export function discoveryJson({ found, leftOut, result }: Discovery): DiscoveryJson {
  const { tenant, range, traces, spans } = result;
  return {
    version: 1,
    tenant,
    range: { from: timeOrNull(range.fromNs), to: timeOrNull(range.toNs) },
    traces,
    spans,
    rules: found.map(({ id, proposal: { kind, summary, isToLookAt = false }, text, judged }) => ({
      id,
      kind,
      summary,
      toLookAt: isToLookAt,
      text,
      applicable: judged.applicable,
      violated: judged.violated,
      undecided: undecidedCases(judged),
      since: sinceJson(historyOf(judged, result)),
      violatingTraces: [...new Set(judged.violations.map(({ traceId }) => traceId))].slice(0, MOST_TRACES),
      violatingKeys: violatingKeys(judged).slice(0, MOST_TRACES),
    })),
    leftOut,
  };
}

function violatingKeys({ violations }: JudgedCaseRule): readonly Readonly<Record<string, unknown>>[] {
  const keys = violations.flatMap(({ key }) => (key === undefined ? [] : [Object.fromEntries(key)]));
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}
