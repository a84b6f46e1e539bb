import { METRICS_DOCS } from './metrics-docs.js';
import type { WordDoc } from './word-doc.js';

/** Keywords, by their text; relations of several words by the whole of it. */
export const WORD_DOCS: ReadonlyMap<string, WordDoc> = new Map<string, WordDoc>([
  [
    'rule',
    {
      syntax: 'rule id { settings; clauses }',
      meaning: 'States what must always, or never, be true of one whole trace.',
    },
  ],
  [
    'let',
    {
      syntax: 'let name = pattern, let name(parameter, …) = pattern, let name = (value, …)',
      meaning:
        'Names a pattern, perhaps with parameters that are filled in where it is used, or a list of values for `in`. It is visible in this file, and with `export` in every file that uses this one.',
    },
  ],
  [
    'list from',
    {
      syntax: 'let name = list from "file.txt"',
      meaning:
        'A list whose values stand in a text file beside the rules, one a line, for `in name` and `not in name`.',
    },
  ],
  [
    'export',
    {
      syntax: 'export let name = pattern',
      meaning: 'Makes a pattern visible to the files that `use` this one.',
    },
  ],
  [
    'use',
    {
      syntax: 'use "path"',
      meaning:
        'Brings in the exported patterns of another file. The path is relative to this file; `.betrace` may be left out.',
    },
  ],
  [
    'test',
    {
      syntax: 'test "title" of rule { spans; expect … }',
      meaning:
        'A made-up trace, or several in blocks `trace "name" 5m { … }`, and the verdict that the rule must give on it.',
    },
  ],
  [
    'of',
    {
      syntax: 'test "title" of rule',
      meaning: 'Names the rule that a test is about, or, after `violation`, the clause that must fail.',
    },
  ],
  [
    'from',
    {
      syntax: 'test "title" of rule from "trace.json"',
      meaning: 'Takes the trace of a test from a file with OTLP JSON.',
    },
  ],
  [
    'at',
    {
      syntax: 'test "title" of rule at @2026-07-01T20:30:00Z',
      meaning:
        'When a test starts, for rules that look at the clock or the calendar. (`at least` is a bound.)',
    },
  ],
  [
    'until',
    {
      syntax: 'until 5m expect …',
      meaning:
        'In a test of a rule across traces: when what is stored ends, from the start of the test. Cases that this leaves open are undecided.',
    },
  ],
  [
    'across',
    {
      syntax: 'across span.order.id within 1h, across (a, b) within 1h, across links within 10m',
      meaning:
        'Makes the rule judge a flow, the spans of one key in whatever traces they are, in place of a trace. `within` is how far a case looks before and after its bound spans.',
    },
  ],
  [
    'links',
    {
      syntax: 'across links within 10m',
      meaning:
        'The flow of a bound span is its trace, and the traces that it links to or that link to it, one step in either direction.',
    },
  ],
  [
    'undecided',
    {
      syntax: 'expect undecided',
      meaning:
        'What is stored has not decided the case of a rule across traces: it may still be kept or violated.',
    },
  ],
  [
    'expect',
    {
      syntax: 'expect pass | violation | violations n | not applicable | cannot tell | undecided | vacuous',
      meaning:
        'The verdict that the rule must give; `violation of always#1` also says which clause must fail.',
    },
  ],
  [
    'when',
    {
      syntax: 'when condition',
      meaning:
        'Where the rule applies. With `as` it is checked once for each span that matches; without `when` it applies to every trace.',
    },
  ],
  [
    'always',
    {
      syntax: 'always condition',
      meaning: 'Must be true wherever the rule applies, else there is a violation.',
    },
  ],
  [
    'never',
    {
      syntax: 'never condition',
      meaning: 'Must not be true where the rule applies, else there is a violation.',
    },
  ],
  [
    'and',
    {
      syntax: 'test and test',
      meaning:
        'Both tests hold. Binds tighter than `or`. (`&&` joins spansets, or conditions inside a filter.)',
    },
  ],
  [
    'or',
    {
      syntax: 'test or test',
      meaning: 'At least one of the tests holds. (`||` joins spansets, or conditions inside a filter.)',
    },
  ],
  [
    'not',
    {
      syntax: 'not test',
      meaning: 'The test does not hold. Binds tightest; `not` of unknown is unknown.',
    },
  ],
  [
    'exists',
    {
      syntax: 'exists pattern',
      meaning: 'The pattern matches at least one span, which a pattern alone says too.',
    },
  ],
  [
    'where',
    {
      syntax: 'pattern where expression',
      meaning: 'Narrows a pattern: one span matches the pattern and satisfies the expression.',
    },
  ],
  [
    'as',
    {
      syntax: 'pattern as name',
      meaning: 'Binds each matching span to a name; the rule is checked once for each.',
    },
  ],
  [
    'in',
    {
      syntax: 'field in (a, b)',
      meaning: 'Equal to one of the literals; `not in` to none.',
    },
  ],
  [
    'contains',
    {
      syntax: 'field contains "text"',
      meaning:
        'The text, or that of another field, occurs in the string, case-sensitive. Of an array: some element equals it.',
    },
  ],
  [
    'before',
    {
      syntax: 'A before B [within d] [at least d]',
      meaning: 'A ends no later than B starts.',
    },
  ],
  [
    'after',
    {
      syntax: 'A after B [within d] [at least d]',
      meaning: 'A starts no earlier than B ends.',
    },
  ],
  ['starts before', { syntax: 'A starts before B', meaning: 'A starts earlier than B starts.' }],
  ['starts after', { syntax: 'A starts after B', meaning: 'A starts later than B starts.' }],
  ['ends before', { syntax: 'A ends before B', meaning: 'A ends earlier than B ends.' }],
  ['ends after', { syntax: 'A ends after B', meaning: 'A ends later than B ends.' }],
  [
    'starts with',
    {
      syntax: 'field starts with "text"',
      meaning: 'The string begins with the text, or with that of another field, case-sensitive.',
    },
  ],
  ['lower', { syntax: 'lower(s)', meaning: 'The string in lower case, each character by itself.' }],
  [
    'length',
    {
      syntax: 'length(s)',
      meaning:
        'How many characters the string has: code points of Unicode, so that an accent of its own is one.',
    },
  ],
  [
    'hour',
    {
      syntax: 'hour(t), hour(t, "Europe/Berlin")',
      meaning: 'The hour of a time by the clocks of a zone, 0 to 23; of UTC without one.',
    },
  ],
  [
    'weekday',
    {
      syntax: 'weekday(t), weekday(t, "Europe/Berlin")',
      meaning: 'The day of the week of a time in a zone: 1 is Monday, 7 is Sunday.',
    },
  ],
  [
    'date',
    {
      syntax: 'date(t), date(t, "Europe/Berlin")',
      meaning:
        'The day of a time in a zone, to be compared with a day such as `@2026-12-31`, whatever the zone.',
    },
  ],
  ['during', { syntax: 'A during B', meaning: 'A starts no earlier and ends no later than B.' }],
  ['overlaps', { syntax: 'A overlaps B', meaning: 'A and B are going on at the same time for a while.' }],
  ['under', { syntax: 'A under B', meaning: 'A is a descendant of B in the tree of spans.' }],
  [
    'over',
    {
      syntax: 'A over B',
      meaning:
        'A is an ancestor of B in the tree of spans. In front of the clauses, `over 5m` makes a rule about time series.',
    },
  ],
  [
    'every',
    {
      syntax: 'over 5m every 1m',
      meaning: 'A window of a rule over many traces starts at each step, so that windows overlap.',
    },
  ],
  [
    'on',
    {
      syntax: '(A) / on (a, b) (B)',
      meaning:
        'In a rule over many traces: series meet where these labels are equal. One side is grouped by exactly these. (`on partial` is a setting.)',
    },
  ],
  [
    'prior',
    {
      syntax: 'prior(7d, { … } | rate() by (a))',
      meaning:
        'In a rule over many traces: the same series over the time before each window, 0 where a count or rate had nothing. What was never seen before has `= 0`.',
    },
  ],
  [
    'ignoring',
    {
      syntax: '(A) / ignoring (a) (B)',
      meaning:
        'In a rule over many traces: series meet where all labels but these are equal. One side is grouped by exactly those.',
    },
  ],
  [
    'between',
    {
      syntax: 'A between B and C',
      meaning: 'A lies after the end of a B and before the start of the next C.',
    },
  ],
  [
    'within',
    {
      syntax: 'within duration',
      meaning:
        'The gap between the two edges that the relation compares is at most this. Behind `across`: how far a case looks.',
    },
  ],
  [
    'at least',
    {
      syntax: 'at least duration',
      meaning: 'The gap between the two edges that the relation compares is at least this.',
    },
  ],
  [
    'then',
    {
      syntax: 'A then B then C [within d]',
      meaning:
        'One B after the end of an A, one C after the end of that B. `then starts` compares starts; `then not X then` allows no X between.',
    },
  ],
  [
    'by',
    {
      syntax: '| by(a, b)',
      meaning:
        'Splits spansets by the values of fields. After a metric: one series for each combination of values.',
    },
  ],
  ['coalesce', { syntax: '| coalesce()', meaning: 'Joins the spansets into one.' }],
  [
    'select',
    {
      syntax: '| select(a, b)',
      meaning: 'Shows these fields with the spans that are found; matching does not change.',
    },
  ],
  [
    'count',
    {
      syntax: 'count(pattern), | count()',
      meaning: 'How many spans of the trace match the pattern; in a pipeline, of the spanset.',
    },
  ],
  [
    'distinct',
    {
      syntax: 'distinct(pattern, field)',
      meaning: 'How many different values the field has in the matching spans.',
    },
  ],
  [
    'sum',
    {
      syntax: 'sum(pattern, field), | sum(field)',
      meaning: 'The sum over the matching spans that have the field.',
    },
  ],
  [
    'avg',
    {
      syntax: 'avg(pattern, field), | avg(field)',
      meaning: 'The mean over the matching spans that have the field.',
    },
  ],
  [
    'min',
    {
      syntax: 'min(pattern, field), | min(field)',
      meaning: 'The smallest value among the matching spans that have the field.',
    },
  ],
  [
    'max',
    {
      syntax: 'max(pattern, field), | max(field)',
      meaning: 'The largest value among the matching spans that have the field.',
    },
  ],
  [
    'quantile',
    {
      syntax: 'quantile(pattern, field, 0.99)',
      meaning: 'The value that this share of the matching spans stay below.',
    },
  ],
  ...Object.entries(METRICS_DOCS),
  [
    'with',
    {
      syntax: 'with (hint = value)',
      meaning: 'Hints to the engine that runs a query; they do not change its meaning.',
    },
  ],
  [
    'violations',
    {
      syntax: 'violations of rule-id [| rate() by (a, b)]',
      meaning:
        'The traces that violate a rule, with the spans that are evidence; with a metric, how many violations there were over time, by `rule`, `clause`, `severity`, `service` and fields of the span.',
    },
  ],
  [
    'parent',
    {
      syntax: 'parent.field',
      meaning: "The field of the span's parent; missing where there is none.",
    },
  ],
  [
    'root',
    {
      syntax: 'root.field',
      meaning: 'The field of the root of the trace; missing where there is none.',
    },
  ],
  ['true', { syntax: 'true', meaning: 'A bool.' }],
  ['false', { syntax: 'false', meaning: 'A bool.' }],
  [
    'nil',
    {
      syntax: 'field = nil, field != nil',
      meaning: 'Whether a field is missing. These two are never unknown.',
    },
  ],
  ['ok', { syntax: 'status = ok', meaning: 'The status that was set to say that all went well.' }],
  ['error', { syntax: 'status = error', meaning: 'The status of a span that failed.' }],
  ['unset', { syntax: 'status = unset', meaning: 'The status where none was set.' }],
  ['server', { syntax: 'kind = server', meaning: 'A span that handles a request from another process.' }],
  ['client', { syntax: 'kind = client', meaning: 'A span that makes a request to another process.' }],
  ['producer', { syntax: 'kind = producer', meaning: 'A span that puts a message into a queue.' }],
  ['consumer', { syntax: 'kind = consumer', meaning: 'A span that takes a message from a queue.' }],
  ['internal', { syntax: 'kind = internal', meaning: 'A span of work inside one process.' }],
  ['unspecified', { syntax: 'kind = unspecified', meaning: 'A span whose kind was not set.' }],
  ['minInt', { syntax: 'minInt', meaning: 'The smallest 64-bit int.' }],
  ['maxInt', { syntax: 'maxInt', meaning: 'The largest 64-bit int.' }],
  [
    'span',
    {
      syntax: 'span.key, span:intrinsic',
      meaning: 'An attribute of the span, or with a colon something that every span has.',
    },
  ],
  [
    'resource',
    { syntax: 'resource.key', meaning: 'An attribute of the service or host that made the span.' },
  ],
  [
    'event',
    {
      syntax: 'event.key, event:name',
      meaning:
        "An attribute of one of the span's events. All event fields of a filter are about the same event; outside of filters, it is that of the first event that has it.",
    },
  ],
  ['link', { syntax: 'link.key, link:traceID', meaning: "An attribute of one of the span's links." }],
  [
    'instrumentation',
    {
      syntax: 'instrumentation.key',
      meaning: 'An attribute of the library that made the span.',
    },
  ],
  [
    'trace',
    {
      syntax: 'trace:duration, trace:rootName, …',
      meaning:
        'Something that every span of the trace shares. In a test, `trace "name" 5m { … }` is another trace, whose times count from then.',
    },
  ],
]);
