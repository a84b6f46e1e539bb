/** The functions of TraceQL metrics, in the order in which messages and lists show them. */
export const METRICS_FUNCTIONS = [
  'rate',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
  'quantile_over_time',
  'histogram_over_time',
  'compare',
] as const;

/** What may follow a metrics function behind a further `|`. */
export const METRICS_STEPS = ['topk', 'bottomk'] as const;

const WORDS: ReadonlySet<string> = new Set([...METRICS_FUNCTIONS, ...METRICS_STEPS]);

export function isMetricsWord(text: string): boolean {
  return WORDS.has(text);
}
