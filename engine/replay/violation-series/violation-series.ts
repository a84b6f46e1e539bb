import type { ResolvedRule } from '../../language/link/resolved.js';
import { printViolationLabel } from '../../language/print/print-metrics.js';
import type { Field } from '../../language/tree/ast.js';
import type { ViolationMetrics } from '../../language/tree/ast-query.js';
import type { NamedValue } from '../../otlp/named-value.js';
import { lowerStep } from '../../plan/lower/lower-metrics.js';
import { type Grid, instantGrid, rangeGrid, stepSeconds } from '../../query/metrics/grid.js';
import { MAX_SERIES } from '../../query/metrics/limits.js';
import { labelKey, NAME_LABEL, type Points, toSeries } from '../../query/metrics/series.js';
import { applyStep } from '../../query/metrics/steps.js';
import type { MetricsResult } from '../../query/metrics-result.js';
import { QueryError } from '../../query/query-error.js';
import type { Inspected } from '../../query/search-result.js';
import { fieldsOf, ownField } from '../../query/violation-labels.js';
import type { CountedViolations, ViolationSeriesOptions } from './counted.js';
import { countTraceViolations } from './trace-violations.js';
import { countWindowViolations } from './window-violations.js';

/**
 * How many violations there were, as series. One counts in the interval of its first bound span, else of the start of its trace; a window of a rule
 * over many traces where it starts. All are counted, also those that nothing lists. Throws a `QueryError` where that cannot be done.
 */
export async function violationSeries(options: ViolationSeriesOptions): Promise<MetricsResult> {
  const { rule, metrics, fromNs, toNs, stepNs, maxSeries = MAX_SERIES } = options;
  const grid = stepNs === undefined ? instantGrid(fromNs, toNs) : rangeGrid(fromNs, toNs, stepNs);
  const { counts, inspected } = await countViolations(options, rule, fieldsOf(metrics.by), grid);
  const points = metrics.steps.reduce(
    (series, step) => applyStep(lowerStep(step), series),
    seriesOf(rule, metrics, counts, grid),
  );
  const series = toSeries(points, grid);
  const listed = series.slice(0, maxSeries);
  return {
    series: listed,
    ...(series.length > listed.length && { cutTo: listed.length }),
    inspected,
  };
}

async function countViolations(
  traces: ViolationSeriesOptions,
  rule: ResolvedRule,
  fields: readonly Field[],
  grid: Grid,
): Promise<{ readonly counts: readonly CountedViolations[]; readonly inspected: Inspected }> {
  switch (rule.kind) {
    case 'trace':
      return await countTraceViolations(traces, rule, fields.map(ownField), grid);
    case 'flow':
      throw new QueryError('BT3011', 'violations of a rule across traces cannot be counted by a query');
    case 'window':
      return await countWindowViolations(traces, rule, fields.map(printViolationLabel), grid);
  }
}

function seriesOf(
  rule: ResolvedRule,
  { kind, by }: ViolationMetrics,
  counts: readonly CountedViolations[],
  grid: Grid,
): readonly Points[] {
  const factor = kind === 'rate' ? 1 / stepSeconds(grid) : 1;
  const all = new Map<string, Points>();
  const pointsOf = (labels: readonly NamedValue[]): Points => {
    const key = labelKey(labels);
    const known = all.get(key) ?? { labels, values: new Float64Array(grid.intervals), exemplars: [] };
    if (!all.has(key) && all.size >= MAX_SERIES)
      throw new QueryError('BT3003', `the violations make more than ${MAX_SERIES} series`);
    all.set(key, known);
    return known;
  };
  // That there was none is an answer too.
  if (by.length === 0) pointsOf([{ name: NAME_LABEL, value: kind }]);
  for (const { interval, clause, service = null, values, count } of counts) {
    let field = 0;
    const labels = by.map((label): NamedValue => {
      if (label.kind !== 'fact') return { name: printViolationLabel(label), value: values[field++] ?? null };
      const facts = { rule: rule.item.id.text, severity: rule.settings.severity, clause, service };
      return { name: label.name, value: facts[label.name] };
    });
    const present = labels.filter(({ value }) => value !== null);
    const shown =
      by.length === 0
        ? [{ name: NAME_LABEL, value: kind }]
        : present.length > 0
          ? present
          : labels.slice(0, 1);
    const points = pointsOf(shown);
    points.values[interval] = points.values[interval]! + count * factor;
  }
  return [...all.values()];
}
