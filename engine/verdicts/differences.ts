/**
 * What is different about the cases of a rule that violate it: attributes, and pairs of them, that violating cases have more often than
 * passing ones. The cause comes first, and what only goes along with it is listed under it.
 */

import type { CaseRole } from '../plan/case-roles.js';
import { logChance, logGain, type Share } from './chance.js';

/** A field of some span of a case: of one that is bound, of one that a filter matches, or of the root of its trace. */
export interface ComparedField {
  /** Which span of the case, as an index among those that are looked at; in this order they are preferred. */
  readonly role: number;
  readonly span: CaseRole;
  /** `resource.service.version` */
  readonly field: string;
  /** How many different values it has, about, or at how many its numbers were parted: each is one more that chance may pick. */
  readonly values: number;
}

/**
 * What a field of violating cases is: a value, null for "no such span of the case has the field", or a number above or below another one. Of
 * what a span has several times, as elements of lists and attributes of its events, some is.
 */
export interface ComparedItem {
  readonly of: ComparedField;
  readonly operator: '=' | '>' | '<';
  readonly value: string | null;
}

/** Cases that have the same items. */
export interface CaseGroup {
  /** Indices of the items, ascending. */
  readonly items: readonly number[];
  /** Which roles some span of the case has, as bits. */
  readonly roles: number;
  readonly violated: number;
  readonly passed: number;
}

/** What was found about one rule. */
export interface RuleDifferences {
  readonly findings: readonly Difference[];
  /** Fields that were compared, of spans in any role; and those that were not, as there are too many. */
  readonly fields: number;
  readonly fieldsLeftOut: number;
  /** Violating cases that were compared with so many that passed. */
  readonly violated: number;
  readonly passed: number;
  /** Whether these are not all, but those of some traces. */
  readonly isSample: boolean;
}

/** A finding: violating cases meet all its conditions, one or two, more often than passing ones. */
export interface Difference {
  readonly conditions: readonly ComparedItem[];
  readonly counts: DifferenceCounts;
  /** How likely chance alone gives such a difference anywhere among all that was compared: 0 to 1. */
  readonly chance: number;
  /** What goes along with it and explains nothing more, the strongest first. */
  readonly echoes: readonly Echo[];
  /** When the first span started that meets the conditions, whatever rules say of it; undefined where there always were some. */
  readonly firstSeenNs?: bigint;
}

export interface Echo {
  readonly condition: ComparedItem;
  readonly counts: DifferenceCounts;
}

/** Cases that have a span to ask, and those of them that meet the conditions. */
export interface DifferenceCounts {
  readonly violated: { readonly meeting: number; readonly all: number };
  readonly passed: { readonly meeting: number; readonly all: number };
}

/** A finding that chance gives more often than this is none. */
export const CHANCE_AT_MOST = 0.02;
/** What fewer violating cases have says nothing. */
export const LEAST_VIOLATED = 3;
/** Findings that are listed, and echoes of each. */
const MOST_FINDINGS = 5;

/** How many times as large the share of violating cases is that meet it as that of passing ones; infinite where none of those does. */
export function liftOf({ violated, passed }: DifferenceCounts): number {
  return violated.meeting / violated.all / (passed.meeting / passed.all);
}

/**
 * The differences, the strongest first; those that come behind say what the ones before do not explain. Nothing depends on the order of
 * groups and items. Each pair and each single value counts as a question that chance may answer: half of what chance may do goes to
 * values, half to pairs, in equal parts to the fields, and within a field to its values.
 *
 * @param fields how many fields were compared, those without an item among them
 */
export function differencesOf(
  items: readonly ComparedItem[],
  groups: readonly CaseGroup[],
  fields: number,
): readonly Difference[] {
  const cases = groups.map((group) => ({ ...group, has: new Set(group.items) }));
  const whole = new Stratum(cases, items.length);
  let open = [...singles(items, fields), ...pairs(items, whole, fields)]
    .map((condition) => measured(condition, [whole]))
    .filter(({ chance }) => chance <= Math.log(CHANCE_AT_MOST))
    .sort(byStrength);
  open = open.filter((item) => item.items.length === 1 || isMoreThanItsParts(item, items, whole, fields));
  const all = new Map(open.map((item) => [item.key, item]));
  const found: Difference[] = [];
  let strata: readonly Stratum[] = [whole];
  while (found.length < MOST_FINDINGS) {
    const [best] = open;
    if (best === undefined) break;
    strata = strata.flatMap((some) =>
      [true, false].map(
        (is) =>
          new Stratum(
            some.cases.filter((tried) => meets(tried, best) === is),
            items.length,
          ),
      ),
    );
    const rest = open.filter(({ key }) => key !== best.key).map((item) => measured(item, strata));
    const independent = ({ chance }: Measured): boolean => chance <= Math.log(CHANCE_AT_MOST);
    const echoes = rest
      .filter((item) => !independent(item) && item.items.length === 1 && !best.items.includes(item.items[0]!))
      .map(({ key }) => all.get(key)!)
      .sort(byStrength);
    found.push({
      conditions: inOrderOf(best, whole, items, fields),
      counts: best.counts,
      chance: Math.min(1, Math.exp(best.chance)),
      echoes: echoes.map(({ items: [only], counts }) => ({ condition: items[only!]!, counts })),
    });
    open = rest.filter(independent).sort(byStrength);
  }
  return found;
}

/** The condition that says more by itself comes first. */
function inOrderOf(
  { items: some }: Measured,
  whole: Stratum,
  items: readonly ComparedItem[],
  fields: number,
): readonly ComparedItem[] {
  return some
    .map((n) => measured(single(items, n, fields), [whole]))
    .sort(byStrength)
    .map(({ items: [item] }) => items[item!]!);
}

interface Case extends CaseGroup {
  readonly has: ReadonlySet<number>;
}

/** One or two items that a case may have. */
interface Condition {
  /** The same for the same conditions, whatever the order of items. */
  readonly key: string;
  readonly items: readonly number[];
  readonly roles: number;
  /** The logarithm of the number of questions it is one of. */
  readonly questions: number;
  /** Of two that explain as much the one with fewer is preferred. */
  readonly values: number;
}

interface Measured extends Condition {
  readonly counts: DifferenceCounts;
  /** The logarithm of the probability that chance does as much, all questions counted. */
  readonly chance: number;
  readonly gain: number;
}

function single(items: readonly ComparedItem[], itemIndex: number, fields: number): Condition {
  const item = items[itemIndex]!;
  return {
    key: keyOf(item),
    items: [itemIndex],
    roles: 1 << item.of.role,
    questions: Math.log(2 * fields * valuesOf(item)),
    values: valuesOf(item),
  };
}

function singles(items: readonly ComparedItem[], fields: number): readonly Condition[] {
  return items.map((_, n) => single(items, n, fields));
}

function pairs(items: readonly ComparedItem[], whole: Stratum, fields: number): readonly Condition[] {
  const ofFields = Math.max(1, (fields * (fields - 1)) / 2);
  return whole.pairs.flatMap(([a, b]): readonly Condition[] => {
    const [comparedItem, other] = [items[a]!, items[b]!];
    if (comparedItem.of.role === other.of.role && comparedItem.of.field === other.of.field) return [];
    const values = valuesOf(comparedItem) * valuesOf(other);
    return [
      {
        key: [keyOf(comparedItem), keyOf(other)].sort().join('\0'),
        items: [a, b],
        roles: (1 << comparedItem.of.role) | (1 << other.of.role),
        questions: Math.log(2 * ofFields * values),
        values,
      },
    ];
  });
}

/** One more: that there is none. */
function valuesOf({ of: comparedField }: ComparedItem): number {
  return Math.max(1, comparedField.values) + 1;
}

function keyOf({ of: comparedField, operator, value }: ComparedItem): string {
  return JSON.stringify([
    comparedField.role,
    comparedField.field,
    value,
    ...(operator === '=' ? [] : [operator]),
  ]);
}

/** Whether each of the two matters among the cases that have the other. */
function isMoreThanItsParts(
  { items: [a, b], roles }: Measured,
  items: readonly ComparedItem[],
  whole: Stratum,
  fields: number,
): boolean {
  const meeting = whole.meeting({ items: [a!, b!] });
  const matters = (role: number, within: number): boolean => {
    const { questions } = single(items, role, fields);
    const all = sumOf(
      whole.cases.filter((counted) => counted.has.has(within) && (counted.roles & roles) === roles),
    );
    return logChance(meeting, all) + questions <= Math.log(CHANCE_AT_MOST);
  };
  return matters(a!, b!) && matters(b!, a!);
}

function sumOf(cases: readonly Case[]): Share {
  return cases.reduce<Share>(
    (sum, { violated, passed }) => plus(sum, { violated, size: violated + passed }),
    NONE,
  );
}

/** Over cases that were parted by what is known already, chance has to have been at work in one of the parts. */
function measured(condition: Condition, strata: readonly Stratum[]): Measured {
  let [chance, gain] = [0, 0];
  const sums = { meeting: { violated: 0, size: 0 }, all: { violated: 0, size: 0 } };
  for (const stratum of strata) {
    const meeting = stratum.meeting(condition);
    const all = stratum.having(condition.roles);
    sums.meeting = plus(sums.meeting, meeting);
    sums.all = plus(sums.all, all);
    const more = meeting.violated * all.size > all.violated * meeting.size;
    if (meeting.violated < LEAST_VIOLATED || !more) continue;
    chance = Math.min(chance, logChance(meeting, all) + condition.questions + Math.log(strata.length));
    gain += logGain(meeting, all);
  }
  return { ...condition, chance: Math.min(0, chance), gain, counts: differenceCounts(sums) };
}

/** Some of the cases, counted once by each item and each pair that they have. */
class Stratum {
  private readonly byItem = new Map<number, Sum>();
  private readonly byPair = new Map<number, Sum>();
  private readonly byRoles = new Map<number, Sum>();

  constructor(
    readonly cases: readonly Case[],
    private readonly items: number,
  ) {
    for (const counted of cases) {
      add(this.byRoles, counted.roles, counted);
      for (const [n, a] of counted.items.entries()) {
        add(this.byItem, a, counted);
        for (let m = n + 1; m < counted.items.length; m++)
          add(this.byPair, this.pairOf(a, counted.items[m]!), counted);
      }
    }
  }

  /** The pairs that enough violating cases have, each with the lesser index first. */
  get pairs(): readonly (readonly [number, number])[] {
    return [...this.byPair].flatMap(([pair, { violated }]) =>
      violated < LEAST_VIOLATED ? [] : [[Math.floor(pair / this.items), pair % this.items] as const],
    );
  }

  meeting({ items: [a, b] }: Pick<Condition, 'items'>): Share {
    const found =
      b === undefined ? this.byItem.get(a!) : this.byPair.get(this.pairOf(Math.min(a!, b), Math.max(a!, b)));
    return found ?? NONE;
  }

  /** Those that have a span in each of the roles. */
  having(roles: number): Share {
    let sum: Share = NONE;
    for (const [known, share] of this.byRoles) if ((known & roles) === roles) sum = plus(sum, share);
    return sum;
  }

  private pairOf(a: number, b: number): number {
    return a * this.items + b;
  }
}

interface Sum {
  violated: number;
  size: number;
}

const NONE: Share = { violated: 0, size: 0 };

function add(sums: Map<number, Sum>, key: number, { violated, passed }: CaseGroup): void {
  const sum = sums.get(key);
  if (sum === undefined) sums.set(key, { violated, size: violated + passed });
  else {
    sum.violated += violated;
    sum.size += violated + passed;
  }
}

function meets({ has }: Case, { items }: Condition): boolean {
  return items.every((n) => has.has(n));
}

function plus(a: Share, b: Share): Share {
  return { violated: a.violated + b.violated, size: a.size + b.size };
}

function differenceCounts({ meeting, all }: Record<'meeting' | 'all', Share>): DifferenceCounts {
  return {
    violated: { meeting: meeting.violated, all: all.violated },
    passed: { meeting: meeting.size - meeting.violated, all: all.size - all.violated },
  };
}

/** Differences of a rounding error in how much is explained are none. */
const SAME_GAIN = 1e-9;

function byStrength(a: Measured, b: Measured): number {
  if (Math.abs(a.gain - b.gain) > SAME_GAIN * Math.max(1, a.gain)) return b.gain - a.gain;
  if (a.items.length !== b.items.length) return a.items.length - b.items.length;
  return a.values - b.values || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
