/** Which cases of flows have been counted, each once. */
import type { FlowCase } from './flow-verdicts.js';

interface CountedCase extends Pick<FlowCase, 'flow' | 'boundSpans' | 'found' | 'lastNs'> {
  readonly kind: string;
}

export class CountedCases {
  /** By `ruleKeyOf`. */
  private readonly byRule = new Map<string, CountedCase[]>();

  add(rule: string, flowCase: FlowCase, kind: string): void {
    const { flow, boundSpans, found, lastNs } = flowCase;
    this.byRule.set(rule, [...(this.byRule.get(rule) ?? []), { flow, boundSpans, found, lastNs, kind }]);
  }

  /** How many came to that, by the rule's key. */
  count(rule: string, kind: string): number {
    return (this.byRule.get(rule) ?? []).filter((counted) => counted.kind === kind).length;
  }

  get kinds(): readonly string[] {
    return [...this.byRule.values()].flatMap((all) => all.map(({ kind }) => kind));
  }

  /**
   * Those of the cases, all that a rule has, that were counted. A choice of bound spans is one case in whichever flow it is. A piece is the one that
   * was counted where it is, or so near that they would be one; where one falls apart, its first part is.
   */
  among(rule: string, cases: readonly FlowCase[]): ReadonlySet<FlowCase> {
    const counted = this.byRule.get(rule) ?? [];
    const spans = new Set(counted.map(({ boundSpans }) => boundSpans));
    const known = new Set(
      cases.filter(({ boundSpans }) => boundSpans !== undefined && spans.has(boundSpans)),
    );
    const inTime = cases
      .filter(({ boundSpans }) => boundSpans === undefined)
      .toSorted((a, b) => (a.found.time < b.found.time ? -1 : 1));
    for (const piece of counted.filter(({ boundSpans }) => boundSpans === undefined)) {
      const first = inTime.find(
        ({ flow, found: { time }, lastNs }) =>
          flow === piece.flow && time <= piece.lastNs && lastNs >= piece.found.time,
      );
      if (first === undefined) continue;
      known.add(first);
    }
    return known;
  }

  /** Pieces may have grown since they were counted. */
  grown(rule: string, flowCase: FlowCase): void {
    const mine = this.byRule.get(rule) ?? [];
    const near = mine.find(
      ({ boundSpans, flow, found: { time }, lastNs }) =>
        boundSpans === undefined &&
        flow === flowCase.flow &&
        time <= flowCase.lastNs &&
        lastNs >= flowCase.found.time,
    );
    if (flowCase.boundSpans !== undefined || near === undefined) return;
    const { found, lastNs } = flowCase;
    mine[mine.indexOf(near)] = { ...near, found, lastNs };
  }
}
