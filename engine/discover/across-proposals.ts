/** Rules across traces: what is followed by something in another trace, what never comes without it, what comes once, which values stay. */
import { durationText } from '../language/tree/literals.js';
import type { AttributeKey } from '../plan/schema.js';
import type { Asked, FlowField, Kept, Repeats } from '../sql/discover/across.js';
import type { Pair } from '../sql/discover/mine.js';
import { type Across, isInvariant, LEAST_SUPPORT, type Proposal, said } from './proposal.js';
import { filterText, keyText, type Shape } from './shapes.js';

/** What was mined across traces. */
export interface MinedAcross {
  readonly shapes: readonly Shape[];
  /** Of the values that are compared. */
  readonly fields: readonly AttributeKey[];
  /** The keys of flows; behind the last of them are links. */
  readonly keys: readonly AttributeKey[];
  /** Of each of these, `a` never comes without `b` in its trace. */
  readonly together: readonly Pick<Pair, 'a' | 'b'>[];
  readonly sides: readonly AskedSide[];
  readonly repeats: readonly FoundRepeats[];
  readonly changes: readonly FoundChanges[];
}

export interface AskedSide extends Asked {
  readonly withinNs: number;
  readonly kept: Kept;
  /** Of what it asks for, whether that comes without it. */
  readonly converse: Pick<Kept, 'cases' | 'violated' | 'atStart'>;
}

type Unlike = Pick<Kept, 'cases' | 'violated' | 'all' | 'exceptions' | 'example'> & {
  readonly elsewhere: number;
};

export interface FoundRepeats extends Repeats {
  readonly withinNs: number;
  readonly found: Unlike;
}

export interface FoundChanges extends FlowField {
  readonly withinNs: number;
  readonly found: Unlike;
}

/** Of what never comes but behind something, that may be followed by it less often: it is what it waits for. */
const MOST_WITHOUT_ANSWER = 0.2;
/** What is on both sides as often is there anyhow. */
const MOST_ON_BOTH_SIDES = 0.1;
/** Where most exceptions have something that hardly any other case has, it came instead, and they are no exceptions. */
const INSTEAD = { violated: 0.5, kept: 0.05 };

export function acrossProposals(mined: MinedAcross): readonly Proposal[] {
  const sides = mined.sides.flatMap((side) => comesWith(mined, side));
  return [
    ...sides.filter((side) => side.exceptions.count > 0 || !followsFromOthers(mined, side, sides)),
    ...mined.repeats.flatMap((found) => comesOnce(mined, found)),
    ...mined.changes.flatMap((found) => keepsValue(mined, found)),
  ];
}

function comesWith(mined: MinedAcross, side: AskedSide): readonly Proposal[] {
  const { a, b, direction, kept, converse } = side;
  const { violated, cases } = kept;
  const [first, other] = [mined.shapes[a]!, mined.shapes[b]!];
  const holds = cases - violated;
  if (cases < LEAST_SUPPORT || holds < LEAST_SUPPORT / 2 || !(first.isWanted || other.isWanted)) return [];
  if (kept.bothSides > MOST_ON_BOTH_SIDES * holds) return [];
  // The start of what is stored hides what came before it.
  if (violated > 0 && violated === kept.atStart) return [];
  const isAnswer =
    direction === 'after' &&
    converse.cases >= LEAST_SUPPORT &&
    converse.violated - converse.atStart <= 0.01 * converse.cases;
  if (!isInvariant(kept.all, kept.exceptions) && !(isAnswer && violated < MOST_WITHOUT_ANSWER * cases))
    return [];
  if (
    kept.instead.some(
      ({ violated: share, kept: usual }) => share >= INSTEAD.violated && usual <= INSTEAD.kept,
    )
  )
    return [];
  const across = acrossOf(mined, side);
  const how = direction === 'after' ? 'is followed by' : 'comes after';
  return [
    {
      kind: direction === 'after' ? 'followed-across' : 'preceded-across',
      across,
      body: [`when   ${filterText(first)} as a`, `always ${filterText(other)} ${direction} a`],
      ...named(`${said(first)} ${how} ${said(other)}`, across),
      support: kept.all,
      exceptions: kept.exceptions,
      examples: kept.example,
      reads: readsOf(across),
      between: [a, b],
      weight: first.spans + other.spans,
    },
  ];
}

/** Whether what always holds of two shapes follows from what always holds of one of them and a third. */
function followsFromOthers(
  { together }: MinedAcross,
  { kind, between }: Proposal,
  sides: readonly Proposal[],
): boolean {
  const [a, b] = between!;
  const always = (first: number, other: number): boolean =>
    sides.some(
      (side) =>
        side.kind === kind &&
        side.exceptions.count === 0 &&
        side.between?.[0] === first &&
        side.between[1] === other,
    );
  const thirds = [...new Set(sides.flatMap((side) => side.between ?? []))].filter((n) => n !== a && n !== b);
  const isTogether = (first: number, other: number): boolean =>
    together.some((pair) => pair.a === first && pair.b === other);
  return thirds.some(
    (third) =>
      (always(a, third) && (always(third, b) || isTogether(third, b))) ||
      (isTogether(a, third) && always(third, b)),
  );
}

function comesOnce(mined: MinedAcross, found: FoundRepeats): readonly Proposal[] {
  const known = mined.shapes[found.shape]!;
  const { all, exceptions, violated, elsewhere, example } = found.found;
  // In one trace a rule about that trace says it.
  if (!known.isWanted || violated === 0 || elsewhere < 0.5 * violated || !isInvariant(all, exceptions))
    return [];
  const across = acrossOf(mined, found);
  return [
    {
      kind: 'once-across',
      across,
      body: [`when  ${filterText(known)} as a`, `never ${filterText(known)} before a`],
      ...named(`${said(known)} happens once`, across),
      support: all,
      exceptions,
      examples: example,
      reads: readsOf(across),
      weight: known.spans,
    },
  ];
}

function keepsValue(mined: MinedAcross, found: FoundChanges): readonly Proposal[] {
  const known = mined.shapes[found.shape]!;
  const { all, exceptions, violated, elsewhere, example } = found.found;
  if (!known.isWanted || elsewhere < 0.5 * violated || !isInvariant(all, exceptions)) return [];
  const field = mined.fields[found.field]!;
  const across = acrossOf(mined, found);
  return [
    {
      kind: 'same-value-across',
      across,
      body: [
        `when  ${filterText(known)} as a`,
        `never ${filterText(known, [`${keyText(field)} != a.${keyText(field)}`])} before a`,
      ],
      ...named(`${keyText(field)} of ${said(known)} stays the same`, across),
      support: all,
      exceptions,
      examples: example,
      reads: [...readsOf(across), field],
      weight: known.spans,
    },
  ];
}

function acrossOf(
  { keys }: MinedAcross,
  { key, withinNs }: { readonly key: number; readonly withinNs: number },
): Across {
  return { key: keys[key] ?? 'links', withinNs: BigInt(withinNs) };
}

function named(called: string, { key, withinNs }: Across): Pick<Proposal, 'called' | 'summary'> {
  const throughout = `within ${durationText(withinNs)} across ${key === 'links' ? key : keyText(key)}`;
  return { called, summary: `${called} ${throughout}` };
}

function readsOf({ key }: Across): readonly AttributeKey[] {
  return key === 'links' ? [] : [key];
}
