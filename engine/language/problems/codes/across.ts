import type { CodeEntry } from './entry.js';

const RULE = 'rule r { across span.a within 1h  when { name = "x" } as x  always { name = "y" } after x } ';

/** BT27xx: rules across traces. */
export const ACROSS_CODES = {
  BT2700: {
    title: '`across` where it cannot stand',
    severity: 'error',
    explanation:
      'With over, clauses compare series window by window; with across, conditions are about the spans of one flow: a rule is one or the other. A query that is a rule judges each trace by itself.',
    example: 'rule r { over 5m  across span.a within 1h  always { } | rate() < 1 }',
    advice:
      'Remove one of them, or write two rules; in the place of a query, write the rule into a file and replay it.',
  },
  BT2701: {
    title: 'A rule across traces without `within`',
    severity: 'error',
    explanation:
      'A case sees the spans of its flow from so long before its bound spans to so long after them. Without an end it would be decided never, and every span be kept forever.',
    example: 'rule r { across span.a  when { name = "x" } as x  always { name = "y" } after x }',
    advice: 'Say how far to look, such as within 1h.',
  },
  BT2702: {
    title: 'A rule across traces that looks too near or too far',
    severity: 'error',
    explanation: 'within is longer than nothing and no longer than 400 days.',
    example: 'rule r { across span.a within 0s  when { name = "x" } as x  always { name = "y" } after x }',
    advice: 'Write how long the spans of one case may lie apart.',
  },
  BT2703: {
    title: 'A field that is no key',
    severity: 'error',
    explanation:
      'Spans are put into flows by what each says of itself: an attribute of the span, its resource or its scope, its name, kind or status. A span may have many events and links, times and durations are nearly always different, and parents and roots belong to one trace.',
    example: 'rule r { across event.a within 1h  when { name = "x" } as x  always { name = "y" } after x }',
    advice: 'Name an attribute that all spans of a flow carry, or one above them.',
  },
  BT2704: {
    title: 'Flows that are traces',
    severity: 'error',
    explanation:
      'All spans of a trace have its id, and no span of another trace has: without across the rule says the same, and is judged as spans come.',
    example: 'rule r { across trace:id within 1h  when { name = "x" } as x  always { name = "y" } after x }',
    advice: 'Remove across.',
  },
  BT2705: {
    title: 'A field that is twice in a key',
    severity: 'warning',
    explanation: 'Once is enough.',
    example:
      'rule r { across (span.a, span.a) within 1h  when { name = "x" } as x  always { name = "y" } after x }',
    advice: 'Remove one of them, or correct the one that was meant to differ.',
  },
  BT2706: {
    title: '`across links` without a bound span',
    severity: 'error',
    explanation:
      'The flow is the trace of a bound span, and the traces that are linked with it. Where no span is bound there is none to start from.',
    example: 'rule r { across links within 10m  never { status = error } }',
    advice: 'Bind a span in when with as.',
  },
  BT2707: {
    title: 'A setting without effect in a rule across traces',
    severity: 'warning',
    explanation:
      'closes after and on partial are about a trace that is still open. A case of a flow is decided by the bounds of its clauses, and by what across says.',
    example: `rule r { across span.a within 1h  closes after 30s  when { name = "x" } as x  always { name = "y" } after x }`,
    advice: 'Remove the setting.',
  },
  BT2708: {
    title: 'A bound that reaches further than the rule looks',
    severity: 'warning',
    explanation:
      'A case sees no span further away than across says, so the bound of the clause is never reached.',
    example:
      'rule r { across span.a within 5m  when { name = "x" } as x  always { name = "y" } after x within 10m }',
    advice: 'Look further, or shorten the bound.',
  },
  BT2709: {
    title: 'A key whose spans lie in several traces',
    severity: 'warning',
    explanation:
      'The rule asks for two spans of one key, and stored traces have spans of that key in several traces: a span that the rule misses may be in another one.',
    example:
      'rule r { when { name = "order.created" } as o  always { name = "order.shipped" && span.order.id = o.span.order.id } after o }',
    needsFields: true,
    advice: 'Judge flows, with across; ignore this where both spans are of one trace all the same.',
  },
  BT2710: {
    title: 'A bound that reaches as far as the rule looks, to the end of spans',
    severity: 'hint',
    explanation:
      'A case sees the spans that start as far before it as across says, and before compares the end of a span: one that starts earlier and ends within the bound is missed.',
    example:
      'rule r { across span.a within 1h  when { name = "x" } as x  always { name = "y" } before x within 1h }',
    advice: 'Look further than the bound, by as much as such spans last.',
  },
  BT2711: {
    title: 'A trace of a test that is not there, or is there twice',
    severity: 'error',
    explanation: 'Links of a test name one of its traces, and each has a name of its own.',
    example: `${RULE}test "t" of r { trace "a" { s "x" 0ms..1ms { link "b" } } expect violation }`,
    advice: 'Correct the name.',
  },
  BT2712: {
    title: '`until` in a test of another rule',
    severity: 'warning',
    explanation: 'until says when what is stored ends, which decides nothing but for rules across traces.',
    example: 'rule r { never { status = error } } test "t" of r { s "x" 0ms..1ms { } until 5m expect pass }',
    advice: 'Remove it.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
