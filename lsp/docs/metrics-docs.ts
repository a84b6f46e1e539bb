import type { MetricsCall } from '../../engine/language/words/metrics-words.js';
import type { WordDoc } from './word-doc.js';

/** The functions that end a metrics query. */
export const METRICS_DOCS: Readonly<Record<MetricsCall, WordDoc>> = {
  rate: {
    syntax: '| rate() by (…)',
    meaning: 'Matching spans per second.',
  },
  count_over_time: { syntax: '| count_over_time() by (…)', meaning: 'Matching spans in each interval.' },
  min_over_time: { syntax: '| min_over_time(field) by (…)', meaning: 'The smallest value in each interval.' },
  distinct_over_time: {
    syntax: '| distinct_over_time(field) by (…)',
    meaning: 'How many different values the field has in each interval; BeTrace has it, Tempo does not.',
  },
  max_over_time: { syntax: '| max_over_time(field) by (…)', meaning: 'The largest value in each interval.' },
  avg_over_time: { syntax: '| avg_over_time(field) by (…)', meaning: 'The mean in each interval.' },
  sum_over_time: { syntax: '| sum_over_time(field) by (…)', meaning: 'The sum in each interval.' },
  histogram_over_time: {
    syntax: '| histogram_over_time(field) by (…)',
    meaning: 'Counts by power-of-two buckets in each interval.',
  },
  quantile_over_time: {
    syntax: '| quantile_over_time(field, .99) by (…)',
    meaning: 'Quantiles in each interval, from power-of-two buckets.',
  },
  compare: {
    syntax: '| compare({ selection })',
    meaning: 'How the attributes of the selected spans differ from those of the others.',
  },
  topk: { syntax: '| topk(n)', meaning: 'Keeps the n largest series at each point in time.' },
  bottomk: { syntax: '| bottomk(n)', meaning: 'Keeps the n smallest series at each point in time.' },
};
