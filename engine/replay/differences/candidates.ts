/** Which of the things that the spans of violating cases have are compared, alone and in pairs: a bound on work, never on what is counted. */

import { KIND_NAMES, STATUS_NAMES } from '../../otlp/names.js';
import type { CaseRole } from '../../plan/case-roles.js';
import type { CountedField, CountedRole, CountedValue, Counts } from '../../sql/differences/counts.js';
import { type SpanField, spanFieldText } from '../../sql/differences/fields.js';
import type { CountedCut } from '../../sql/differences/ranges.js';
import type { AskedItem } from '../../sql/differences/signatures.js';
import { logGain, type Share } from '../../verdicts/chance.js';
import { type ComparedItem, LEAST_VIOLATED } from '../../verdicts/differences.js';
import { roundAbove, roundBelow } from './round.js';

/** Of a rule. */
const MOST_COMPARED = 40;

/** What is known of the cases of one rule. */
export interface CountedCases {
  readonly roles: readonly CountedRole[];
  readonly fields: readonly CountedField[];
  readonly values: readonly CountedValue[];
  readonly cuts: readonly CountedCut[];
}

export interface Candidate {
  readonly asked: AskedItem;
  readonly operator: ComparedItem['operator'];
  readonly value: string | null;
  /** Other cuts of the numbers; undefined for a value of a field. */
  readonly cuts?: number;
}

/** Those that say most, of what violating cases have more often. */
export function candidatesOf(counted: CountedCases): readonly Candidate[] {
  const wholes = new Map(counted.roles.map((role) => [role.role, shareOf(role)]));
  return [...valuesOf(counted), ...missing(counted), ...ranges(counted)]
    .flatMap(({ candidate, meeting }) => {
      const whole = wholes.get(candidate.asked.role) ?? NONE;
      const gain = gainOf(meeting, whole);
      return gain > 0 ? [{ candidate, gain, key: JSON.stringify(candidate.asked) }] : [];
    })
    .sort((a, b) => b.gain - a.gain || (a.key < b.key ? -1 : 1))
    .slice(0, MOST_COMPARED)
    .map(({ candidate }) => candidate);
}

interface Found {
  readonly candidate: Candidate;
  readonly meeting: Share;
}

function valuesOf({ values }: CountedCases): readonly Found[] {
  return values.map(({ role, field, value, ...counts }) => ({
    candidate: { asked: { role, field, is: { kind: 'value', value } }, operator: '=', value },
    meeting: shareOf(counts),
  }));
}

function missing({ roles, fields }: CountedCases): readonly Found[] {
  const wholes = new Map(roles.map((role) => [role.role, role]));
  return fields.flatMap(({ role, field, ...having }): readonly Found[] => {
    const whole = wholes.get(role);
    if (whole === undefined) return [];
    return [
      {
        candidate: { asked: { role, field, is: { kind: 'missing' } }, operator: '=', value: null },
        meeting: shareOf(minus(whole, having)),
      },
    ];
  });
}

/** Of each field the cut that says most, in either direction; none where a single value says the same. */
function ranges({ roles, fields, values, cuts }: CountedCases): readonly Found[] {
  const wholes = new Map(roles.map((role) => [role.role, shareOf(role)]));
  const same = new Set(values.map(({ role, field, violated, passed }) => key(role, field, violated, passed)));
  return fields.flatMap(({ role, field, ...having }): readonly Found[] => {
    const own = cuts.filter((cut) => cut.role === role && cut.field === field);
    const whole = wholes.get(role) ?? NONE;
    const found = (kind: 'above' | 'below'): readonly Found[] => {
      const [best] = own
        .map((cut) => {
          const counts = kind === 'above' ? cut : minus(having, cut);
          return { cut, counts, gain: gainOf(shareOf(counts), whole) };
        })
        .sort((a, b) => b.gain - a.gain || a.cut.cut - b.cut.cut);
      if (best === undefined || best.gain <= 0 || best.cut.below === undefined) return [];
      const { cut, counts } = best;
      if (same.has(key(role, field, counts.violated, counts.passed))) return [];
      const bounds = [best.cut.below, cut.from] as const;
      const candidate: Candidate = {
        asked: { role, field, is: { kind, cut: cut.cut } },
        operator: kind === 'above' ? '>' : '<',
        value: String(kind === 'above' ? roundBelow(...bounds) : roundAbove(...bounds)),
        cuts: own.length,
      };
      return [{ candidate, meeting: shareOf(counts) }];
    };
    return [...found('above'), ...found('below')];
  });
}

function key(...parts: readonly number[]): string {
  return parts.join();
}

/** Nothing where violating cases do not have it more often. */
function gainOf(meeting: Share, whole: Share): number {
  const more = meeting.violated * whole.size > whole.violated * meeting.size;
  return more && meeting.violated >= LEAST_VIOLATED ? logGain(meeting, whole) : 0;
}

const NONE: Share = { violated: 0, size: 0 };

function shareOf({ violated, passed }: Counts): Share {
  return { violated, size: violated + passed };
}

function minus(a: Counts, b: Counts): Counts {
  return { violated: a.violated - b.violated, passed: a.passed - b.passed };
}

/** @param different how many values each field has, about */
export function itemsOf(
  candidates: readonly Candidate[],
  roles: readonly CaseRole[],
  fields: readonly SpanField[],
  different: (field: number) => number,
): readonly ComparedItem[] {
  return candidates.map(({ asked: { role, field }, operator, value, cuts }) => ({
    of: {
      role,
      span: roles[role]!,
      field: spanFieldText(fields[field]!),
      values: cuts ?? different(field),
    },
    operator,
    value: valueText(fields[field]!, value),
  }));
}

function valueText(field: SpanField, value: string | null): string | null {
  if (value === null || field.kind !== 'intrinsic' || field.name === 'name') return value;
  const names: readonly string[] = field.name === 'kind' ? KIND_NAMES : STATUS_NAMES;
  return names[Number(value)] ?? value;
}
