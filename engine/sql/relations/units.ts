import type { FlatBlock } from './flat.js';

/** A share of the work small enough for memory. Every trace is in exactly one unit. */
export interface Unit {
  /** Traces that lie whole in one row of one block: of consecutive blocks, or of a part of one. */
  readonly whole?: {
    readonly first: number;
    readonly last: number;
    readonly part?: { readonly from: number; readonly to: number };
  };
  /** One of `of` shares of the traces that have to be merged, over all blocks. */
  readonly merged?: { readonly share: number; readonly of: number };
  readonly spans: number;
}

/** Beyond this a single trace is what does not fit. */
const MAX_SHARES = 1 << 16;

/** Units of at most about so many spans each, over blocks of whose rows so many are fragments, which are merged. */
export function unitsOf(
  blocks: readonly FlatBlock[],
  fragments: number,
  budget: { readonly whole: number; readonly merged: number },
): readonly Unit[] {
  const units: Unit[] = [];
  for (const [n, block] of blocks.entries()) {
    const last = units.at(-1);
    if (block.spanCount > budget.whole) units.push(...partsOf(block, n, budget.whole));
    else if (
      last?.whole !== undefined &&
      last.whole.part === undefined &&
      last.spans + block.spanCount <= budget.whole
    )
      units[units.length - 1] = { whole: { ...last.whole, last: n }, spans: last.spans + block.spanCount };
    else units.push({ whole: { first: n, last: n }, spans: block.spanCount });
  }
  if (fragments === 0) return units;
  const rows = blocks.reduce((sum, block) => sum + block.traceCount, 0);
  const all = blocks.reduce((sum, block) => sum + block.spanCount, 0);
  const spans = Math.ceil((all * fragments) / Math.max(rows, 1));
  const shareCount = Math.max(1, Math.ceil(spans / budget.merged));
  const smallest = units.reduce((least, unit, n) => (unit.spans < units[least]!.spans ? n : least), 0);
  // Few fragments ride along with other traces: a unit costs some statements whatever its size.
  if (shareCount === 1 && units[smallest]!.spans + spans <= budget.whole) {
    units[smallest] = {
      ...units[smallest]!,
      merged: { share: 0, of: shareCount },
      spans: units[smallest]!.spans + spans,
    };
    return units;
  }
  const shares = Array.from({ length: shareCount }, (_, share) => ({
    merged: { share, of: shareCount },
    spans: Math.ceil(spans / shareCount),
  }));
  return [...units, ...shares];
}

/** Two units that together are this one; undefined when it cannot be cut any smaller. */
export function splitUnit(unit: Unit, blocks: readonly FlatBlock[]): readonly [Unit, Unit] | undefined {
  const { whole, merged } = unit;
  const spans = Math.ceil(unit.spans / 2);
  if (whole !== undefined && merged !== undefined)
    return [
      { whole, spans },
      { merged, spans },
    ];
  if (merged !== undefined) {
    // A hash that is `share` modulo `of` is one of these two modulo twice that.
    const shareCount = merged.of * 2;
    if (shareCount > MAX_SHARES) return undefined;
    return [
      { merged: { share: merged.share, of: shareCount }, spans },
      { merged: { share: merged.share + merged.of, of: shareCount }, spans },
    ];
  }
  if (whole === undefined) return undefined;
  const { first, last } = whole;
  if (first < last) {
    const middle = Math.floor((first + last) / 2);
    return [
      { whole: { first, last: middle }, spans },
      { whole: { first: middle + 1, last }, spans },
    ];
  }
  const { from, to } = whole.part ?? { from: 0, to: blocks[first]!.traceCount };
  const middle = Math.floor((from + to) / 2);
  if (middle === from) return undefined;
  return [
    { whole: { first, last, part: { from, to: middle } }, spans },
    { whole: { first, last, part: { from: middle, to } }, spans },
  ];
}

function partsOf(block: FlatBlock, blockNumber: number, budget: number): readonly Unit[] {
  const parts = Math.ceil(block.spanCount / budget);
  const size = Math.ceil(block.traceCount / parts);
  return Array.from({ length: parts }, (_, part) => ({
    whole: {
      first: blockNumber,
      last: blockNumber,
      part: { from: part * size, to: Math.min((part + 1) * size, block.traceCount) },
    },
    spans: Math.ceil(block.spanCount / parts),
  }));
}
