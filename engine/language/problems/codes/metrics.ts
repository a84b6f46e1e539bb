import type { CodeEntry } from './entry.js';

/** BT26xx: metrics, in queries and in rules over many traces. */
export const METRICS_CODES = {
  BT2601: {
    title: 'Too many labels',
    severity: 'error',
    explanation:
      'A metrics function takes at most five fields in `by`, and `avg_over_time`, `quantile_over_time` and `histogram_over_time` at most four, as in Tempo: every combination of values is a series.',
    example: 'rule r { over 5m always { } | rate() by (name, kind, status, span.a, span.b, span.c) < 1 }',
    advice: 'Leave out the fields that matter least.',
  },
  BT2602: {
    title: 'A number that is too small or too large',
    severity: 'error',
    explanation:
      '`topk` and `bottomk` choose at least one series; `compare` lists 1 to 1000 values, and its start is before its end.',
    example: 'rule r { over 5m always { } | rate() by (name) | topk(0) < 1 }',
    advice: 'Correct the number.',
  },
  BT2603: {
    title: '`compare` where numbers are needed',
    severity: 'error',
    explanation:
      '`compare()` answers with attributes and their values, side by side. It can be asked for, but not calculated with, compared or cut to the largest.',
    example: 'rule r { over 5m always { } | compare({ status = error }) < 1 }',
    advice: 'Use rate() or count_over_time() with by (…).',
  },
  BT2604: {
    title: 'A duration between series',
    severity: 'error',
    explanation: 'Series are calculated with plain numbers. A threshold may be a duration.',
    example: 'rule r { over 5m always ({ } | max_over_time(duration)) * 2s < 1 }',
    advice: 'Write the number of seconds.',
  },
  BT2605: {
    title: 'A number without a value',
    severity: 'error',
    explanation: 'The calculation divides by zero, or comes to more than a number can hold.',
    example: 'rule r { over 5m always { } | rate() < 1 / 0 }',
    advice: 'Correct the calculation; a whole number divided by a larger one is 0.',
  },
  BT2606: {
    title: 'A threshold in another unit',
    severity: 'warning',
    explanation: 'A count or a rate is compared with a duration, which is read as its number of seconds.',
    example: 'rule r { over 5m always { } | rate() < 5s }',
    advice: 'Write a plain number, or measure durations with max_over_time(duration) and the like.',
  },
  BT2607: {
    title: 'A label or quantile given twice',
    severity: 'warning',
    explanation: 'The second one changes nothing.',
    example: 'rule r { over 5m always { } | rate() by (name, name) < 1 }',
    advice: 'Remove one of them.',
  },
  BT2608: {
    title: 'A window that is too short',
    severity: 'error',
    explanation: 'A rule over many traces looks at windows of at least a second.',
    example: 'rule r { over 10ms always { } | rate() < 1 }',
    advice: 'Write a longer window, such as over 5m.',
  },
  BT2609: {
    title: 'A setting without effect over many traces',
    severity: 'error',
    explanation:
      '`skew`, `required`, `closes after` and `on partial` say how one trace is judged. With `over`, series are.',
    example: 'rule r { over 5m skew = 5ms always { } | rate() < 1 }',
    advice: 'Remove the setting, or over.',
  },
  BT2610: {
    title: 'A window that is no whole number of steps',
    severity: 'error',
    explanation:
      'With `over 5m every 1m` a window of five minutes starts each minute. Its length is a multiple of the step, so that windows are made of whole steps and none lies between two of them.',
    example: 'rule r { over 5m every 2m always { } | rate() < 1 }',
    advice: 'Choose a step that the window is a multiple of.',
  },
  BT2611: {
    title: 'Series that never meet',
    severity: 'error',
    explanation:
      'Series are calculated with, and chosen by `when`, where their labels are equal. Those that are grouped by other fields never are, so the clause would never apply. A `when` with fewer labels chooses all series that share them.',
    example:
      'rule r { over 5m always ({ status = error } | rate() by (name)) / ({ } | rate() by (kind)) < 0.1 }',
    advice: 'Write the same fields in by, or join on those that both have with on (…) or ignoring (…).',
  },
  BT2612: {
    title: 'Labels that series cannot be joined on',
    severity: 'error',
    explanation:
      '`on (…)` names labels that both sides have in `by`, and `ignoring (…)` such as are left out. One side has exactly the labels that remain, so that each series of the other meets one. A TraceQL query joins series of equal labels only; a rule with `over` can be asked as a query too.',
    example: 'rule r { over 5m always ({ } | rate() by (name)) / on (kind) ({ } | rate() by (kind)) < 0.1 }',
    advice: 'Name labels of both sides, and group one side by exactly these.',
  },
  BT2613: {
    title: 'Several quantiles in a clause',
    severity: 'error',
    explanation:
      'A clause compares one value of each series with a number. In a query, each quantile is a series of its own.',
    example: 'rule r { over 5m never { } | quantile_over_time(duration, .5, .99) > 2s }',
    advice: 'Write a clause for each quantile.',
  },
  BT2614: {
    title: '`prior` that cannot be computed',
    severity: 'error',
    explanation:
      '`prior(7d, …)` is what series were before each window of a rule over many traces. It is made of the steps at which windows start, so it is a whole number of them, and at most 400 days.',
    example: 'rule r { over 5m never prior(7m, { } | rate()) = 0 }',
    advice: 'Write a duration that is a multiple of every, or of over without every.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
