import type { WordDoc } from '../word-doc.js';

/** Words of pipelines and queries, and what counts or adds up. */
export const PIPELINE_WORDS: Readonly<Record<string, WordDoc>> = {
  by: {
    syntax: '| by(a, b)',
    meaning:
      'Splits spansets by the values of fields. After a metric: one series for each combination of values.',
  },
  coalesce: { syntax: '| coalesce()', meaning: 'Joins the spansets into one.' },
  select: {
    syntax: '| select(a, b)',
    meaning: 'Shows these fields with the spans that are found; matching does not change.',
  },
  count: {
    syntax: 'count(pattern), | count()',
    meaning: 'How many spans of the trace match the pattern; in a pipeline, of the spanset.',
  },
  distinct: {
    syntax: 'distinct(pattern, field)',
    meaning: 'How many different values the field has in the matching spans.',
  },
  sum: {
    syntax: 'sum(pattern, field), | sum(field)',
    meaning: 'The sum over the matching spans that have the field.',
  },
  avg: {
    syntax: 'avg(pattern, field), | avg(field)',
    meaning: 'The mean over the matching spans that have the field.',
  },
  min: {
    syntax: 'min(pattern, field), | min(field)',
    meaning: 'The smallest value among the matching spans that have the field.',
  },
  max: {
    syntax: 'max(pattern, field), | max(field)',
    meaning: 'The largest value among the matching spans that have the field.',
  },
  quantile: {
    syntax: 'quantile(pattern, field, 0.99)',
    meaning: 'The value that this share of the matching spans stay below.',
  },
  with: {
    syntax: 'with (hint = value)',
    meaning: 'Hints to the engine that runs a query; they do not change its meaning.',
  },
  violations: {
    syntax: 'violations of rule-id [| rate() by (a, b)]',
    meaning:
      'The traces that violate a rule, with the spans that are evidence; with a metric, how many violations there were over time, by `rule`, `clause`, `severity`, `service` and fields of the span.',
  },
};
