/**
 * What rules over many traces mean: window by window, series by series, span by span. Part of the oracle: no code is shared with the
 * engine, only the syntax tree.
 */
import type { Field } from '../../../engine/language/tree/ast.js';
import type {
  MetricsExpression,
  MetricsNumber,
  MetricsSelection,
  MetricsTest,
} from '../../../engine/language/tree/ast-query.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { fieldValue, NO_BINDING } from './fields.js';
import { mergeTraces } from './merge.js';
import { matchPipeline } from './spanset.js';
import { wholeTrace } from './structure.js';
import { distinct, firstOf, identity, ordered, quantile, type Value } from './values.js';

export interface OracleWindowRule {
  readonly when?: MetricsTest;
  readonly clauses: readonly { readonly kind: 'always' | 'never'; readonly test: MetricsTest }[];
  /** Nanoseconds; the first is a multiple of the second. */
  readonly windowNs: bigint;
  readonly everyNs: bigint;
}

export interface OracleWindowOptions {
  /** The end exclusive. Windows that it holds only in part are not judged. */
  readonly range: { readonly fromNs: bigint; readonly toNs: bigint };
  /** How a field is called as a label. */
  readonly nameOf: (field: Field) => string;
  /** Series of one selection in one window; windows with more are not judged. */
  readonly maxSeries: number;
}

export interface WindowVerdicts {
  readonly applicable: number;
  readonly passed: number;
  readonly violations: readonly OracleWindowViolation[];
  /** Starts of the windows that were judged, of those that the range cuts, and of those with too many series. */
  readonly judged: readonly bigint[];
  readonly cut: readonly bigint[];
  readonly crowded: readonly bigint[];
}

export interface OracleWindowViolation {
  readonly fromNs: bigint;
  readonly labels: Labels;
  /** Index of the clause. */
  readonly clause: number;
  readonly value: number;
}

/** By name, as text that tells types apart. */
type Labels = ReadonlyMap<string, string>;

/** What a selection takes notice of. */
interface Sample {
  readonly startNs: bigint;
  readonly labels: Labels;
  /** What the function is of, durations in seconds; of counts nothing. */
  readonly value?: Value;
}

type Samples = ReadonlyMap<MetricsSelection, readonly Sample[]>;

export function evaluateWindowRule(
  rule: OracleWindowRule,
  fragments: readonly Trace[],
  { range, nameOf, maxSeries }: OracleWindowOptions,
): WindowVerdicts {
  const { whole, cut } = windowsIn(range, rule);
  const end = whole.length === 0 ? 0n : whole.at(-1)! + rule.windowNs;
  const traces = mergeTraces(fragments);
  const tests = [...(rule.when === undefined ? [] : [rule.when]), ...rule.clauses.map(({ test }) => test)];
  const all: Samples = new Map(
    tests
      .flatMap(({ series }) => selectionsIn(series))
      .map((selection) => [
        selection,
        samplesOf(selection, traces, nameOf).filter(
          ({ startNs }) =>
            whole.length > 0 &&
            startNs >= placeOf(selection, whole[0]!, rule).fromNs &&
            startNs < (selection.prior === undefined ? end : whole.at(-1)!),
        ),
      ]),
  );
  const isCrowded = (start: bigint): boolean =>
    [...all].some(([selection, some]) => {
      const { fromNs, toNs } = placeOf(selection, start, rule);
      return seriesBetween(some, fromNs, toNs) > maxSeries;
    });
  const judged = whole.filter((fromNs) => !isCrowded(fromNs));
  // A step that alone has too many series of a selection reports none of them.
  const samples: Samples = new Map(
    [...all].map(([selection, some]) => [
      selection,
      some.filter(({ startNs }) => {
        const fromNs = (startNs / rule.everyNs) * rule.everyNs;
        return seriesBetween(some, fromNs, fromNs + rule.everyNs) <= maxSeries;
      }),
    ]),
  );
  const cases = casesOf(rule, samples, nameOf);
  const verdicts = judged.flatMap((fromNs) => {
    const compared = (test: MetricsTest, labels: Labels): number | undefined =>
      seriesValue(test.series, labels, { samples, nameOf, fromNs, windowNs: rule.windowNs });
    return cases.flatMap(({ labels, clauses }) => {
      const { when } = rule;
      if (when !== undefined && !satisfies(compared(when, labels), when)) return [];
      const values = clauses.map((clause) => ({
        clause,
        value: compared(rule.clauses[clause]!.test, labels),
      }));
      if (values.every(({ value }) => value === undefined)) return [];
      const broken = values.find(({ clause, value }) => {
        const { kind, test } = rule.clauses[clause]!;
        return value !== undefined && satisfies(value, test) === (kind === 'never');
      });
      return [
        broken === undefined ? undefined : { fromNs, labels, clause: broken.clause, value: broken.value! },
      ];
    });
  });
  const violations = verdicts.filter((verdict) => verdict !== undefined);
  return {
    applicable: verdicts.length,
    passed: verdicts.length - violations.length,
    violations,
    judged,
    cut,
    crowded: whole.filter((fromNs) => !judged.includes(fromNs)),
  };
}

/** Every multiple of `every` is tried that a window may start at which has something in common with the range. */
function windowsIn(
  { fromNs, toNs }: OracleWindowOptions['range'],
  { windowNs, everyNs }: OracleWindowRule,
): { readonly whole: readonly bigint[]; readonly cut: readonly bigint[] } {
  const whole: bigint[] = [];
  const cut: bigint[] = [];
  for (let start = ((fromNs - windowNs) / everyNs - 1n) * everyNs; start < toNs; start += everyNs) {
    const end = start + windowNs;
    if (end <= fromNs) continue;
    if (start >= fromNs && end <= toNs) whole.push(start);
    else cut.push(start);
  }
  return { whole, cut };
}

/** When the spans start that a selection is of in the window that starts then: in it, or before it. */
function placeOf(
  { prior }: MetricsSelection,
  start: bigint,
  { windowNs }: Pick<OracleWindowRule, 'windowNs'>,
): { readonly fromNs: bigint; readonly toNs: bigint } {
  return prior === undefined
    ? { fromNs: start, toNs: start + windowNs }
    : { fromNs: start - prior.value, toNs: start };
}

function seriesBetween(samples: readonly Sample[], fromNs: bigint, toNs: bigint): number {
  const inside = samples.filter(({ startNs }) => startNs >= fromNs && startNs < toNs);
  return new Set(inside.map(({ labels }) => JSON.stringify([...labels].sort()))).size;
}

interface Case {
  readonly labels: Labels;
  /** Indices of the clauses that are about it. */
  readonly clauses: readonly number[];
}

/** Clauses that are grouped by the same labels share their series: those that `when` or any clause, grouped by them, has seen. */
function casesOf(
  rule: OracleWindowRule,
  samples: Samples,
  nameOf: (field: Field) => string,
): readonly Case[] {
  const groups = new Map<string, number[]>();
  for (const [n, { test }] of rule.clauses.entries()) {
    const key = JSON.stringify([...labelNames(test.series, nameOf)].sort());
    groups.set(key, [...(groups.get(key) ?? []), n]);
  }
  return [...groups].flatMap(([key, clauses]) => {
    if (key === '[]') return [{ labels: new Map<string, string>(), clauses }];
    const seen = new Map<string, Labels>();
    for (const [selection, found] of samples)
      if (JSON.stringify([...labelNames(selection, nameOf)].sort()) === key)
        for (const { labels } of found) seen.set(JSON.stringify([...labels].sort()), labels);
    return [...seen.values()].map((labels) => ({ labels, clauses }));
  });
}

function selectionsIn(series: MetricsExpression | MetricsNumber): readonly MetricsSelection[] {
  if (series.kind === 'selection') return [series];
  return series.kind === 'operation' ? [series.left, series.right].flatMap(selectionsIn) : [];
}

function labelNames(
  series: MetricsExpression | MetricsNumber,
  nameOf: (field: Field) => string,
): ReadonlySet<string> {
  // Of the sides of an operation one has all labels of the other.
  return new Set(
    selectionsIn(series).flatMap(({ function: fn }) => (fn.kind === 'compare' ? [] : fn.by.map(nameOf))),
  );
}

function samplesOf(
  { pipeline, function: fn }: MetricsSelection,
  traces: readonly Trace[],
  nameOf: (field: Field) => string,
): readonly Sample[] {
  if (fn.kind === 'compare') throw new RangeError('compare() is not part of rules');
  return traces.flatMap((trace) => {
    const scene = { whole: wholeTrace(trace), binding: NO_BINDING };
    return matchPipeline(pipeline, trace).flatMap((span): readonly Sample[] => {
      const read = (field: Field): Value => fieldValue(field, { ...scene, span });
      const labels = new Map(fn.by.map((field) => [nameOf(field), identity(read(field))]));
      if (!('field' in fn)) return [{ startNs: span.start, labels }];
      const value = firstOf(read(fn.field));
      const counts = fn.kind === 'distinct_over_time' ? value.kind !== 'nil' : isNumber(value);
      return counts ? [{ startNs: span.start, labels, value }] : [];
    });
  });
}

function isNumber(value: Value): boolean {
  return value.kind === 'int' || (value.kind === 'double' && !Number.isNaN(value.value));
}

interface Place {
  readonly samples: Samples;
  readonly nameOf: (field: Field) => string;
  readonly fromNs: bigint;
  readonly windowNs: bigint;
}

/** Undefined where there is no value. */
function seriesValue(
  series: MetricsExpression | MetricsNumber,
  labels: Labels,
  place: Place,
): number | undefined {
  if (series.kind === 'selection') return selectionValue(series, labels, place);
  if (series.kind !== 'operation') return constant(series);
  const [a, b] = [series.left, series.right].map((side) => seriesValue(side, labels, place));
  if (a === undefined || b === undefined) return undefined;
  switch (series.operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
  }
}

function selectionValue(
  selection: MetricsSelection,
  labels: Labels,
  { samples, fromNs: start, windowNs }: Place,
): number | undefined {
  const { function: fn } = selection;
  const { fromNs, toNs } = placeOf(selection, start, { windowNs });
  const inWindow = samples
    .get(selection)!
    .filter(({ startNs }) => startNs >= fromNs && startNs < toNs)
    // The case may have more labels than the series, which joins all that share its own.
    .filter((sample) => [...sample.labels].every(([name, value]) => labels.get(name) === value));
  const numbers = inWindow.flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (fn.kind === 'distinct_over_time') return Number(distinct(numbers));
  const plain = numbers.map(numberOf);
  const sum = plain.reduce((a, b) => a + b, 0);
  const scale = 'field' in fn && fn.field.kind === 'intrinsic' && fn.field.name === 'span:duration' ? 1e9 : 1;
  if (fn.kind === 'count_over_time') return inWindow.length;
  if (fn.kind === 'rate') return inWindow.length / (Number(toNs - fromNs) / 1e9);
  if (plain.length === 0) return undefined;
  switch (fn.kind) {
    case 'sum_over_time':
      return sum / scale;
    case 'avg_over_time':
      return sum / plain.length / scale;
    case 'min_over_time':
      return Math.min(...plain) / scale;
    case 'max_over_time':
      return Math.max(...plain) / scale;
    case 'quantile_over_time':
      return numberOf(quantile(numbers, Number(fn.quantiles[0]!.value))) / scale;
    default:
      throw new RangeError(`${fn.kind} is not part of the oracle`);
  }
}

function numberOf(value: Value): number {
  return value.kind === 'int' || value.kind === 'double' ? Number(value.value) : Number.NaN;
}

function constant(node: MetricsNumber): number {
  if (node.kind !== 'literal') throw new RangeError('the oracle has plain numbers only');
  return node.literal.kind === 'duration' ? Number(node.literal.value) / 1e9 : Number(node.literal.value);
}

/** What has no value satisfies nothing. */
function satisfies(value: number | undefined, { operator, value: node }: MetricsTest): boolean {
  return value !== undefined && ordered(operator, value, constant(node));
}
