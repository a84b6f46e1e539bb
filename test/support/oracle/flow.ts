/** Rules across traces: flows, what each case sees, and the verdict on it, undecided ones among them. */
import type { Field } from '../../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { conditionTruth } from './condition.js';
import { fieldValue, NO_BINDING } from './fields.js';
import { isSettled } from './settled.js';
import { patternSpans } from './spanset.js';
import { endOf, homeOf, inOrder, type Whole, wholeTrace } from './structure.js';
import type { Truth, Value } from './values.js';
import { type CaseVerdict, namedPatterns, type OracleRule } from './verdict.js';

export interface OracleFlowRule extends OracleRule {
  /** No fields: `across links`. */
  readonly across: { readonly fields: readonly Field[]; readonly withinNs: bigint };
}

export interface FlowRange {
  /** Inclusive, of the time of a case. */
  readonly fromNs?: bigint;
  /** Exclusive. */
  readonly toNs?: bigint;
  /** What starts from here on need not be there yet; undefined where everything is. */
  readonly endNs?: bigint;
  /** Spans that are not there any more, though flows were made with them. */
  readonly gone?: ReadonlySet<Span>;
}

export interface FlowVerdict extends Omit<CaseVerdict, 'verdict'> {
  readonly verdict: CaseVerdict['verdict'] | 'undecided';
  /** The spans of the flow that the case sees. */
  readonly seen: Whole;
  /** When the first bound span starts, else the piece. */
  readonly time: bigint;
  /** The values of the key as texts of JSON in a JSON array; of linked traces, the id of the one in the middle. */
  readonly flow: string;
  /** Between which times spans start that the case sees, or that would make the piece longer. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** A choice of bound spans, or a piece of a flow, with what it sees. */
type FlowCase = Pick<FlowVerdict, 'binding' | 'seen' | 'time' | 'flow' | 'firstNs' | 'lastNs'>;

export function evaluateFlowRule(
  rule: OracleFlowRule,
  traces: readonly Trace[],
  range: FlowRange = {},
): readonly FlowVerdict[] {
  const wholes = traces.map(wholeTrace);
  const left = flows(rule, wholes, range.gone);
  const all = namedPatterns(rule.when).length > 0 ? boundCases(rule, left) : pieces(rule, left);
  return all
    .filter(({ time }) => time >= (range.fromNs ?? time) && time < (range.toNs ?? time + 1n))
    .flatMap((flowCase) => judge(rule, flowCase, range.endNs));
}

// --------------------------------------------------------------------------------------------------------- flows

interface Placed {
  readonly span: Span;
  readonly home: Whole;
}

function spansOf(wholes: readonly Whole[]): readonly Placed[] {
  return wholes.flatMap((home) => home.spans.map((span) => ({ span, home })));
}

/** The spans of each flow: by the key, or by the trace in the middle of those that are linked. */
function flows(
  { across }: OracleFlowRule,
  wholes: readonly Whole[],
  gone: ReadonlySet<Span> = new Set(),
): ReadonlyMap<string, readonly Placed[]> {
  const found = new Map<string, Placed[]>();
  const add = (flow: string, placed: Placed): void => {
    if (!gone.has(placed.span)) found.set(flow, [...(found.get(flow) ?? []), placed]);
  };
  for (const placed of spansOf(wholes)) {
    if (across.fields.length > 0) {
      const parts = across.fields.map((field) => keyOf(field, placed));
      if (!parts.includes(undefined)) add(JSON.stringify(parts), placed);
    } else {
      for (const middle of wholes)
        if (middle === placed.home || linksTo(middle, placed.home) || linksTo(placed.home, middle))
          add(middle.traceId, placed);
    }
  }
  return found;
}

function linksTo(from: Whole, to: Whole): boolean {
  return from.spans.some(({ links }) => links.some(({ traceId }) => traceId === to.traceId));
}

/** Its own value, that of the nearest span above it, or the only one of its trace. */
function keyOf(field: Field, { span, home }: Placed): string | undefined {
  const own = (keyed: Span): string | undefined =>
    keyText(fieldValue(field, { whole: home, binding: NO_BINDING, span: keyed }));
  const passed = new Set<Span>();
  for (let ancestor: Span | undefined = span; ancestor !== undefined && !passed.has(ancestor); ) {
    const value = own(ancestor);
    if (value !== undefined) return value;
    passed.add(ancestor);
    ancestor = home.cut.has(ancestor) ? undefined : home.parents.get(ancestor);
  }
  const others = new Set(home.spans.map(own).filter((value) => value !== undefined));
  return others.size === 1 ? [...others][0] : undefined;
}

function keyText(value: Value): string | undefined {
  switch (value.kind) {
    case 'nil':
      return undefined;
    case 'several':
      return keyText(value.values[0]!);
    case 'string':
      return value.value === '' ? undefined : JSON.stringify(value.value);
    case 'int':
      return value.value.toString();
    case 'double':
      if (!Number.isFinite(value.value)) return undefined;
      return Number.isInteger(value.value) ? BigInt(value.value).toString() : String(value.value);
    case 'array':
      return `[${value.elements.map((element) => `${element.kind} ${String(element.value)}`).join(', ')}]`;
    default:
      return `${value.kind} ${String(value.value)}`;
  }
}

// --------------------------------------------------------------------------------------------------------- cases

function boundCases(rule: OracleFlowRule, left: ReadonlyMap<string, readonly Placed[]>): readonly FlowCase[] {
  const { withinNs, fields } = rule.across;
  const named = namedPatterns(rule.when);
  return [...left].flatMap(([flow, spans]) => {
    let chosen: readonly (readonly Placed[])[] = [[]];
    for (const [n] of named.entries())
      chosen = chosen.flatMap((before) =>
        spans
          // The flow of links is that of the first of the bound spans.
          .filter(({ home }) => n > 0 || fields.length > 0 || home.traceId === flow)
          .filter(({ span }) => before.every((other) => distance(span.start, other.span.start) <= withinNs))
          .map((placed) => [...before, placed]),
      );
    return chosen.flatMap((bound) => {
      const starts = bound.map(({ span }) => span.start);
      const ends = bound.map(({ span }) => endOf(span));
      const [first, last] = [least(starts) - withinNs, -least(ends.map((end) => -end)) + withinNs];
      const seen = whole(spans.filter(({ span }) => span.start >= first && span.start <= last));
      const fits = named.every((pattern, n) =>
        patternSpans(pattern, { whole: seen, binding: NO_BINDING }).includes(bound[n]!.span),
      );
      const binding = new Map(named.map(({ as }, n) => [as!.text, bound[n]!.span]));
      return fits ? [{ binding, seen, time: starts[0]!, flow, firstNs: first, lastNs: last }] : [];
    });
  });
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}

function least(times: readonly bigint[]): bigint {
  let earliest = times[0]!;
  for (const time of times) if (time < earliest) earliest = time;
  return earliest;
}

function pieces(rule: OracleFlowRule, left: ReadonlyMap<string, readonly Placed[]>): readonly FlowCase[] {
  const { withinNs } = rule.across;
  return [...left].flatMap(([flow, spans]) => {
    const cut: Placed[][] = [];
    const homes = new Map(spans.map((placed) => [placed.span, placed]));
    let last: bigint | undefined;
    for (const span of inOrder([...homes.keys()])) {
      if (last === undefined || span.start - last > withinNs) cut.push([]);
      cut.at(-1)!.push(homes.get(span)!);
      last = span.start;
    }
    return cut.map((piece) => ({
      binding: NO_BINDING,
      seen: whole(piece),
      time: piece[0]!.span.start,
      flow,
      firstNs: piece[0]!.span.start - withinNs,
      lastNs: piece.at(-1)!.span.start + withinNs,
    }));
  });
}

/** Spans of several traces in the place of a trace: structure is that of the trace of each. */
function whole(spans: readonly Placed[]): Whole {
  const homes = new Map(spans.map(({ span, home }) => [span, home]));
  const traces = new Set(homes.values());
  return {
    traceId: '',
    spans: spans.map(({ span }) => span),
    start: 0n,
    end: 0n,
    root: undefined,
    parents: new Map([...traces].flatMap(({ parents }) => [...parents])),
    cut: new Set([...traces].flatMap(({ cut }) => [...cut])),
    nested: new Map([...traces].flatMap(({ nested }) => [...nested])),
    // Also of the parents of those that are seen.
    homes: new Map([...traces].flatMap((home) => home.spans.map((span) => [span, home] as const))),
  };
}

/** The id of the trace of the first bound span. */
export function firstTrace({ seen, binding }: FlowVerdict): string | undefined {
  const [first] = binding.values();
  return first && homeOf(seen, first).traceId;
}

// ------------------------------------------------------------------------------------------------------- verdicts

function judge(rule: OracleFlowRule, flowCase: FlowCase, endNs: bigint | undefined): readonly FlowVerdict[] {
  const { required, skewNs } = rule.settings;
  const { binding, seen } = flowCase;
  const isOpen = endNs !== undefined && flowCase.lastNs >= endNs;
  const judged = (
    condition: OracleRule['clauses'][number]['condition'],
    mode: 'when' | 'always' | 'never',
  ) => {
    const stand = { whole: seen, binding, mode, skewNs: mode === 'when' ? 0n : skewNs };
    return {
      truth: conditionTruth(condition, stand),
      settled: !isOpen || isSettled(condition, stand, endNs),
    };
  };
  const applies = rule.when === undefined ? { truth: true, settled: true } : judged(rule.when, 'when');
  if (applies.truth !== true) return [];
  const clauses = rule.clauses.map((clause) => ({
    name: { keyword: clause.keyword, index: clause.index },
    keyword: clause.keyword,
    ...judged(clause.condition, clause.keyword),
  }));
  const breaks = (truth: Truth, keyword: 'always' | 'never'): boolean => truth === (keyword === 'never');
  const settled = clauses.filter((clause) => clause.settled && applies.settled);
  const broken = settled.find(({ truth, keyword }) => breaks(truth, keyword));
  if (broken) return [{ ...flowCase, verdict: 'violation', clause: broken.name }];
  const unknown = settled.find(({ truth }) => truth === 'unknown');
  if (required && unknown) return [{ ...flowCase, verdict: 'violation', clause: unknown.name }];
  const open = clauses.find((clause) => !clause.settled || !applies.settled);
  if (open) return [{ ...flowCase, verdict: 'undecided', clause: open.name }];
  if (unknown) return [{ ...flowCase, verdict: 'cannot tell', clause: unknown.name }];
  return [{ ...flowCase, verdict: 'pass' }];
}
