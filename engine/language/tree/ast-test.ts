/** The tests of rules. Part of the tree that `ast.ts` describes. */
import type { ListValue, Name, Range } from './ast.js';
import type {
  DurationLiteral,
  Field,
  IntLiteral,
  Literal,
  StringLiteral,
  TimeLiteral,
} from './ast-expression.js';

interface Node {
  readonly range: Range;
}

export interface TestItem extends Node {
  readonly kind: 'test';
  readonly title: StringLiteral;
  readonly rule: Name;
  /** `test … at @2026-07-01T20:30:00Z`: when the test starts, from where all its times count; absent where that does not matter. */
  readonly at?: TimeLiteral;
  /** `test … from "file.json"`: an OTLP JSON trace instead of spans in the text. */
  readonly from?: StringLiteral;
  /** Those of the trace that needs no name. */
  readonly spans: readonly TestSpan[];
  readonly traces: readonly TestTrace[];
  /** `until 5m`: when what is stored ends, from the start of the test; absent where everything is there. */
  readonly until?: DurationLiteral;
  readonly expect: Expectation;
}

/** `trace "shipping" 5m { spans }`: another trace of the test, whose times count from there on. */
export interface TestTrace extends Node {
  readonly name: StringLiteral;
  /** From the start of the test; absent for 0. */
  readonly start?: DurationLiteral | IntLiteral;
  readonly spans: readonly TestSpan[];
}

/** `service "name" 20ms..80ms { entries }`; times are offsets from the start of the trace. */
export interface TestSpan extends Node {
  readonly kind: 'span';
  /** A word, or a string where the service's name is not a word. */
  readonly service: Name;
  readonly name: StringLiteral;
  readonly start: DurationLiteral | IntLiteral;
  readonly end: DurationLiteral | IntLiteral;
  readonly entries: readonly TestEntry[];
}

export type TestEntry = TestSpan | TestAttribute | TestEvent | TestLink;

/**
 * `span.amount = 2000`, `resource.k8s.pod.name = "p"`, `kind = server`, `status = error`, `statusMessage = "…"`,
 * `span:id = "00f067aa0ba902b7"`, `span:parentID = ""` (a second root), `instrumentation:name = "…"`.
 */
export interface TestAttribute extends Node {
  readonly kind: 'attribute';
  readonly field: Field;
  readonly value: Literal | ListValue;
}

/** `event "exception" 5ms { event.exception.type = "Timeout" }`; the time is since the span's start. */
export interface TestEvent extends Node {
  readonly kind: 'event';
  readonly name: StringLiteral;
  readonly at?: DurationLiteral | IntLiteral;
  readonly attributes: readonly TestAttribute[];
}

/** `link "trace id" "span id" { link.kind = "follows" }`, ids in hex; or `link "shipping"`, to the first span of a trace of the test. */
export interface TestLink extends Node {
  readonly kind: 'link';
  /** The id of a trace, or the name of one of the test. */
  readonly traceId: StringLiteral;
  /** Absent where the trace is named. */
  readonly spanId?: StringLiteral;
  readonly attributes: readonly TestAttribute[];
}

/** `expect violation of always#1`, `expect violations 2`, `expect pass`, `expect not applicable`, `expect cannot tell`, `expect undecided`, `expect vacuous`. */
export interface Expectation extends Node {
  readonly verdict: 'violation' | 'pass' | 'not applicable' | 'cannot tell' | 'undecided' | 'vacuous';
  /** Which clause fails: the n-th (from 1) of its keyword in the rule. */
  readonly clause?: { readonly keyword: 'always' | 'never'; readonly index: number };
  /** How many violations there are; absent for "at least one". */
  readonly count?: number;
}
