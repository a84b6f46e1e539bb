import type { LabelMatching, MetricsFunction, TopStep } from '../tree/ast-query.js';

export type MetricsCall = MetricsFunction['kind'] | TopStep['kind'];
type FunctionName = MetricsFunction['kind'];

/** What each function of TraceQL metrics takes, in the order in which messages and lists show them. */
const TAKES = {
  rate: 'nothing',
  count_over_time: 'nothing',
  min_over_time: 'field',
  max_over_time: 'field',
  avg_over_time: 'field',
  sum_over_time: 'field',
  distinct_over_time: 'field',
  quantile_over_time: 'field and fractions',
  histogram_over_time: 'field',
  compare: 'filter',
} as const satisfies Readonly<Record<FunctionName, 'nothing' | 'field' | 'field and fractions' | 'filter'>>;

export const METRICS_FUNCTIONS = Object.keys(TAKES) as readonly FunctionName[];

type FunctionTaking<A> = {
  readonly [F in FunctionName]: (typeof TAKES)[F] extends A ? F : never;
}[FunctionName];

export function metricsFunctionsTaking<A extends (typeof TAKES)[FunctionName]>(
  argument: A,
): readonly FunctionTaking<A>[] {
  return METRICS_FUNCTIONS.filter((name): name is FunctionTaking<A> => TAKES[name] === argument);
}

const STEPS: Readonly<Record<TopStep['kind'], true>> = { topk: true, bottomk: true };

/** What may follow a metrics function behind a further `|`. */
export const METRICS_STEPS = Object.keys(STEPS) as readonly TopStep['kind'][];

const MATCHING: Readonly<Record<LabelMatching['kind'], true>> = { on: true, ignoring: true };

/** What may be behind an operator between series, to say which of them meet. */
export const MATCHING_WORDS = Object.keys(MATCHING) as readonly LabelMatching['kind'][];

/** `prior(7d, …)`: of the time before a window. */
export const PRIOR = 'prior';

export type MetricsWord = MetricsCall | LabelMatching['kind'] | typeof PRIOR;

const CALLED: ReadonlySet<string> = new Set([...METRICS_FUNCTIONS, ...METRICS_STEPS]);

/** Whether the word is a function of TraceQL metrics or a step that chooses among series. */
export function isMetricsWord(text: string): boolean {
  return CALLED.has(text);
}
