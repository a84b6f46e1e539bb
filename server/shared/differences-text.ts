import { type CaseRole, rolesOf } from '../../engine/plan/case-roles.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import {
  type ComparedItem,
  type DifferenceCounts,
  liftOf,
  type RuleDifferences,
} from '../../engine/verdicts/differences.js';
import { percent, plural } from './numbers.js';
import { secondText } from './times.js';

/** Findings that are listed, and what goes along with each. */
const MOST_TOLD = 3;

/** A finding. Foreign text. */
export interface DifferenceLine {
  /** `resource.service.version = 2.4.0 and resource.cloud.region = eu-west` */
  readonly conditions: string;
  /** `87 % of violations, 5.7 % of what passed (15 ×)` */
  readonly shares: string;
  /** `first seen 2026-11-21 14:53:01 UTC`; undefined where it was there before. */
  readonly firstSeen: string | undefined;
  readonly counts: DifferenceCounts;
  /** What goes along with it: `resource.k8s.pod.name = payment-c (47 %, 2.9 %)`. */
  readonly echoes: readonly string[];
  readonly echoesLeftOut: number;
}

export function differenceLines(
  rule: RulePlan,
  { findings }: RuleDifferences,
): { readonly lines: readonly DifferenceLine[]; readonly leftOut: number } {
  const text = textOf(rule);
  const lines = findings.slice(0, MOST_TOLD).map(({ conditions, counts, echoes, firstSeenNs }) => ({
    conditions: conditions.map(text).join(' and '),
    shares: sharesText(counts),
    firstSeen: firstSeenNs === undefined ? undefined : `first seen ${secondText(firstSeenNs)} UTC`,
    counts,
    echoes: echoes.slice(0, MOST_TOLD).map(({ condition, counts: { violated, passed } }) => {
      const [here, there] = [violated, passed].map(({ meeting, all }) => percent(meeting, all));
      return `${text(condition)} (${here}, ${there})`;
    }),
    echoesLeftOut: Math.max(0, echoes.length - MOST_TOLD),
  }));
  return { lines, leftOut: findings.length - lines.length };
}

/** Said where nothing differs. */
export function noDifferenceText({ fields, violated, passed, isSample }: RuleDifferences): string {
  return `nothing in ${plural(fields, 'field')} of ${isSample ? 'a sample: ' : ''}${plural(violated, 'violation')}, ${plural(passed, 'passed case')}`;
}

/** What was not compared; undefined for nothing. */
export function notComparedText(differences: RuleDifferences): string | undefined {
  const { findings, fieldsLeftOut, isSample, violated, passed } = differences;
  const left = fieldsLeftOut === 0 ? [] : [`${plural(fieldsLeftOut, 'more attribute')} not compared`];
  // Where nothing was found, the numbers of cases are said anyway.
  const sample =
    isSample && findings.length > 0
      ? [`by a sample: ${plural(violated, 'violation')} and ${plural(passed, 'passed case')}`]
      : [];
  const said = [...sample, ...left];
  return said.length === 0 ? undefined : said.join('; ');
}

/** `87 % of violations, 5.7 % of what passed (15 ×)` */
export function sharesText(counts: DifferenceCounts): string {
  const { violated, passed } = counts;
  const lift = liftOf(counts);
  const times = Number.isFinite(lift) ? ` (${lift < 10 ? lift.toFixed(1) : Math.round(lift)} ×)` : '';
  return `${percent(violated.meeting, violated.all)} of violations, ${percent(passed.meeting, passed.all)} of what passed${times}`;
}

/** The span is named where a rule has several that it may be. */
function textOf(rule: RulePlan): (item: ComparedItem) => string {
  const [first] = rolesOf(rule);
  const others = rolesOf(rule).filter(({ kind }) => kind === first?.kind).length > 1;
  const isPlain = (span: CaseRole): boolean => span.kind === first?.kind && !others;
  return ({ of: { span, field }, operator, value }) => {
    const said = `${field} ${operator} ${value ?? 'nil'}`;
    switch (span.kind) {
      case 'root':
        return `root.${said}`;
      case 'bound':
        return isPlain(span) ? said : `${span.name}.${said}`;
      case 'matched':
        return isPlain(span) || span.pattern === '' ? said : `${said} of ${span.pattern}`;
    }
  };
}
