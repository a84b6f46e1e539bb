/** Which values are read of all cases, and which of those are compared: a bound on work, never on what is counted. */

import { KIND_NAMES, STATUS_NAMES } from '../../otlp/names.js';
import type { CaseRole } from '../../plan/case-roles.js';
import type { AskedValue } from '../../sql/differences/codes.js';
import { type SpanField, spanFieldText } from '../../sql/differences/fields.js';
import type { CountedShare } from '../../sql/differences/shares.js';
import type { CountedValue } from '../../sql/differences/values.js';
import { logGain, type Share } from '../../verdicts/chance.js';
import { type ComparedItem, LEAST_VIOLATED } from '../../verdicts/differences.js';

/** Values of a rule that are read of passing cases, too. */
const MOST_ASKED = 1000;
/** Values of which pairs are compared, too. */
const MOST_COMPARED = 40;

/** The values that most violating cases have; those that too few have to say anything are left out. */
export function candidatesOf(counted: readonly CountedValue[]): readonly AskedValue[] {
  const sums = new Map<string, CountedValue>();
  for (const countedValue of counted) {
    const key = keyOf(countedValue);
    sums.set(key, { ...countedValue, cases: countedValue.cases + (sums.get(key)?.cases ?? 0) });
  }
  return [...sums]
    .filter(([, { cases }]) => cases >= LEAST_VIOLATED)
    .sort(([a, countedValue], [b, other]) => other.cases - countedValue.cases || (a < b ? -1 : 1))
    .slice(0, MOST_ASKED)
    .map(([, { role, field, value }]) => ({ role, field, value }));
}

/** Those that say most, of the values that violating cases have more often. */
export function chosenOf(
  values: readonly AskedValue[],
  counted: readonly CountedShare[],
): readonly AskedValue[] {
  const meeting = new Map<string, Share>();
  const all = new Map<string, Share>();
  for (const share of counted) {
    add(all, `${share.role} ${share.field}`, share);
    if (share.value !== undefined) add(meeting, keyOf({ ...share, value: share.value }), share);
  }
  return values
    .flatMap((value) => {
      const group = meeting.get(keyOf(value)) ?? NONE;
      const whole = all.get(`${value.role} ${value.field}`) ?? NONE;
      const more = group.violated * whole.size > whole.violated * group.size;
      const gain = more && group.violated >= LEAST_VIOLATED ? logGain(group, whole) : 0;
      return gain > 0 ? [{ value, gain, key: keyOf(value) }] : [];
    })
    .sort((a, b) => b.gain - a.gain || (a.key < b.key ? -1 : 1))
    .slice(0, MOST_COMPARED)
    .map(({ value }) => value);
}

const NONE: Share = { violated: 0, size: 0 };

function add(sums: Map<string, Share>, key: string, { violated, cases }: CountedShare): void {
  const { violated: so, size } = sums.get(key) ?? NONE;
  sums.set(key, { violated: so + (violated ? cases : 0), size: size + cases });
}

function keyOf({ role, field, value }: AskedValue): string {
  return JSON.stringify([role, field, value]);
}

/** @param different how many values each field has, about */
export function itemsOf(
  values: readonly AskedValue[],
  roles: readonly CaseRole[],
  fields: readonly SpanField[],
  different: readonly number[],
): readonly ComparedItem[] {
  return values.map(({ role, field, value }) => ({
    of: {
      role,
      span: roles[role]!,
      field: spanFieldText(fields[field]!),
      values: different[field]!,
    },
    value: valueText(fields[field]!, value),
  }));
}

function valueText(field: SpanField, value: string | null): string | null {
  if (value === null || field.kind === 'attribute' || field.name === 'name') return value;
  const names: readonly string[] = field.name === 'kind' ? KIND_NAMES : STATUS_NAMES;
  return names[Number(value)] ?? value;
}
