/** Rules across traces: what is followed by something in another trace, what never comes without it, what comes once, which values stay. */
import { durationText } from '../language/tree/literals.js';
import type { AttributeKey } from '../plan/schema.js';
import type { Asked, FlowField, Kept, Repeats, Unlike } from '../sql/discover/across.js';
import type { FlowKey } from '../sql/discover/key-traces.js';
import type { Pair } from '../sql/discover/mine.js';
import type { FoundGate } from './mine-gates.js';
import type { FoundTotal } from './mine-totals.js';
import { type Across, isInvariant, MOST_EXCEPTIONS, type Proposal, readStatus, said } from './proposal.js';
import { filterText, flowKeyText, keyText, type Shape } from './shapes.js';

/** What was mined across traces. */
export interface MinedAcross {
  readonly shapes: readonly Shape[];
  /** Of the values that are compared. */
  readonly fields: readonly AttributeKey[];
  /** The keys of flows; behind the last of them are links. */
  readonly keys: readonly FlowKey[];
  /** Of each of these, `a` never comes without `b` in its trace. */
  readonly together: readonly Pick<Pair, 'a' | 'b'>[];
  readonly sides: readonly AskedSide[];
  readonly repeats: readonly FoundRepeats[];
  readonly changes: readonly FoundChanges[];
  readonly totals: readonly FoundTotal[];
  readonly gates: readonly FoundGate[];
}

/** A side that is worth a rule. */
export interface AskedSide extends Asked {
  readonly withinNs: number;
  readonly kept: Kept;
  readonly examples: readonly string[];
}

export interface FoundRepeats extends Repeats {
  readonly withinNs: number;
  readonly found: Unlike;
  readonly examples: readonly string[];
}

export interface FoundChanges extends FlowField {
  readonly withinNs: number;
  readonly found: Unlike;
  readonly examples: readonly string[];
}

export function acrossProposals(mined: MinedAcross): readonly Proposal[] {
  const sides = mined.sides.flatMap((side) => comesWith(mined, side));
  return [
    ...sides.filter((side) => side.exceptions.count > 0 || !followsFromOthers(mined, side, sides)),
    ...mined.repeats.flatMap((found) => comesOnce(mined, found)),
    ...mined.changes.flatMap((found) => keepsValue(mined, found)),
    ...mined.totals.map((found) => keepsLimit(mined, found)),
    ...mined.gates.map((found) => comesBetween(mined, found)),
  ];
}

function comesWith(mined: MinedAcross, side: AskedSide): readonly Proposal[] {
  const { a, b, direction, kept, examples } = side;
  const [first, other] = [mined.shapes[a]!, mined.shapes[b]!];
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
      examples,
      reads: readsOf(across),
      ...readStatus(first, other),
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
  const { all, exceptions, violated, elsewhere } = found.found;
  // In one trace a rule about that trace says it.
  if (violated === 0 || elsewhere < 0.5 * violated || !isInvariant(all, exceptions)) return [];
  const across = acrossOf(mined, found);
  return [
    {
      kind: 'once-across',
      across,
      body: [`when  ${filterText(known)} as a`, `never ${filterText(known)} before a`],
      ...named(`${said(known)} happens once`, across),
      support: all,
      exceptions,
      examples: found.examples,
      reads: readsOf(across),
      weight: known.spans,
    },
  ];
}

function keepsValue(mined: MinedAcross, found: FoundChanges): readonly Proposal[] {
  const known = mined.shapes[found.shape]!;
  const { all, exceptions, violated, elsewhere } = found.found;
  // What nothing breaks is most often another name of the key.
  if (violated === 0 || elsewhere < 0.5 * violated || !isInvariant(all, exceptions)) return [];
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
      examples: found.examples,
      reads: [...readsOf(across), field],
      weight: known.spans,
    },
  ];
}

/** Of what starts at most so long before a span, and itself. */
function keepsLimit(mined: MinedAcross, found: FoundTotal): Proposal {
  const known = mined.shapes[found.shape]!;
  const { all, exceptions, above } = found.found;
  const field = found.field === undefined ? undefined : mined.fields[found.field]!;
  const across = acrossOf(mined, found);
  const counted = filterText(known, ['span:start <= last.start']);
  const total = field === undefined ? `count(${counted})` : `sum(${counted}, ${keyText(field)})`;
  const called =
    field === undefined
      ? `At most ${found.limit} of ${said(known)}`
      : `${keyText(field)} of ${said(known)} adds up to ${found.limit} at most`;
  return {
    kind: 'at-most-across',
    across,
    isToLookAt: above > MOST_EXCEPTIONS * found.flows,
    body: [`when  ${filterText(known)} as last`, `never ${total} > ${found.limit}`],
    ...named(called, across),
    support: all,
    exceptions,
    examples: found.examples,
    reads: [...readsOf(across), ...(field === undefined ? [] : [field])],
    ...readStatus(known),
    weight: known.spans,
  };
}

function comesBetween(mined: MinedAcross, found: FoundGate): Proposal {
  const [from, gate, to] = [found.from, found.gate, found.to].map((shape) => mined.shapes[shape]!) as [
    Shape,
    Shape,
    Shape,
  ];
  const { all, exceptions } = found.passed;
  const across = acrossOf(mined, found);
  const bound = durationText(across.withinNs);
  return {
    kind: 'between-across',
    across,
    isToLookAt: !isInvariant(all, exceptions),
    body: [
      `when   ${filterText(from)} as first then ${filterText(to)} as last within ${bound}`,
      `always ${filterText(gate)} between first and last`,
    ],
    ...named(`${said(gate)} comes between ${said(from)} and ${said(to)}`, across),
    support: all,
    exceptions,
    examples: found.examples,
    reads: readsOf(across),
    ...readStatus(from, gate, to),
    weight: from.spans + gate.spans + to.spans,
  };
}

function acrossOf(
  { keys }: MinedAcross,
  { key, withinNs }: { readonly key: number; readonly withinNs: number },
): Across {
  return { key: keys[key] ?? 'links', withinNs: BigInt(withinNs) };
}

function named(called: string, { key, withinNs }: Across): Pick<Proposal, 'called' | 'summary'> {
  const throughout = `within ${durationText(withinNs)} across ${key === 'links' ? key : flowKeyText(key)}`;
  return { called, summary: `${called} ${throughout}` };
}

function readsOf({ key }: Across): readonly AttributeKey[] {
  return key === 'links' ? [] : key;
}
