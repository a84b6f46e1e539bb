import type { WordDoc } from '../word-doc.js';

/** Words of rules over many traces, and of rules across traces. */
export const SERIES_WORDS: Readonly<Record<string, WordDoc>> = {
  across: {
    syntax: 'across span.order.id within 1h, across (a, b) within 1h, across links within 10m',
    meaning:
      'Makes the rule judge a flow, the spans of one key in whatever traces they are, in place of a trace. `within` is how far a case looks before and after its bound spans.',
  },
  links: {
    syntax: 'across links within 10m',
    meaning:
      'The flow of a bound span is its trace, and the traces that it links to or that link to it, one step in either direction.',
  },
  every: {
    syntax: 'over 5m every 1m',
    meaning: 'A window of a rule over many traces starts at each step, so that windows overlap.',
  },
  on: {
    syntax: '(A) / on (a, b) (B)',
    meaning:
      'In a rule over many traces: series meet where these labels are equal. One side is grouped by exactly these. (`on partial` is a setting.)',
  },
  prior: {
    syntax: 'prior(7d, { … } | rate() by (a))',
    meaning:
      'In a rule over many traces: the same series over the time before each window, 0 where a count or rate had nothing. What was never seen before has `= 0`.',
  },
  ignoring: {
    syntax: '(A) / ignoring (a) (B)',
    meaning:
      'In a rule over many traces: series meet where all labels but these are equal. One side is grouped by exactly those.',
  },
};
