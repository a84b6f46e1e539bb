import type { RulePlan } from '../../plan/plan.js';
import { comparedValues } from '../../sql/duckdb/compared-values.js';
import type { FoundViolation } from '../../sql/duckdb/violations.js';
import {
  ANY_VALUE,
  ARRAY_VALUE,
  EXPORT_REQUEST,
  KEY_VALUE,
  LINK,
  RESOURCE,
  RESOURCE_SPANS,
  SCOPE,
  SCOPE_SPANS,
  SPAN,
  STATUS,
  WireWriter,
} from '../otlp/fields.js';
import type { Basis } from '../traces/open-trace.js';
import { retractionSpanId, violationSpanId } from './ids.js';

/** Where a violation span stands: in a trace of its own that links to the offending one, or in that one. */
export type Placement = 'own-trace' | 'offending-trace';

export interface EmittedViolation {
  /** 32 hex digits: `violationId` of replay. In a trace of its own it is also the id of that trace. */
  readonly id: string;
  readonly rule: RulePlan;
  readonly found: FoundViolation;
  readonly basis: Basis;
  readonly generation: number;
}

export const VIOLATION_SPAN = 'betrace.violation';
export const RETRACTION_SPAN = 'betrace.retraction';

/** Tempo cuts longer values, by its default. */
const MOST_TEXT = 2000;

/** The violation as an OTLP `Span` message. Everything in it follows from the violation, times too. */
export function violationSpan(violation: EmittedViolation, placement: Placement): Uint8Array {
  const { id, rule, found, basis, generation } = violation;
  const { settings } = rule;
  const clause = rule.clauses[found.clause];
  const message = settings.summary ?? clause?.text ?? rule.id;
  const writer = WireWriter.create();
  const [first] = found.evidence;
  const inOffending = placement === 'offending-trace';
  identity(writer, inOffending ? found.traceId : id, violationSpanId(id, generation));
  if (inOffending && first !== undefined) writer.uint32(SPAN.parentSpanId).bytes(hex(first.spanId));
  writer.uint32(SPAN.name).string(VIOLATION_SPAN);
  times(writer, found);
  const attributes: readonly (readonly [string, AttributeInput | undefined])[] = [
    ['betrace.violation', true],
    ['betrace.violation.id', id],
    ['betrace.rule.id', rule.id],
    ['betrace.rule.name', settings.summary ?? rule.id],
    ['betrace.rule.severity', settings.severity],
    ['betrace.rule.revision', rule.revision],
    ['betrace.violation.clause', clause === undefined ? '' : `${clause.keyword}#${clause.index}`],
    ['betrace.violation.message', message],
    ['betrace.violation.trace_id', found.traceId],
    ['betrace.violation.service', first?.service ?? found.rootService],
    ['betrace.violation.basis', basis],
    ['betrace.violation.values', JSON.stringify(Object.fromEntries(comparedValues(found)))],
    ['betrace.evidence', settings.evidence],
    ['betrace.rule.owner', settings.owner],
    ['betrace.rule.runbook', settings.runbook],
  ];
  for (const [key, value] of attributes)
    if (value !== undefined) attribute(writer, SPAN.attributes, key, value);
  for (const span of found.evidence)
    link(writer, found.traceId, span.spanId, span.bound === undefined ? [] : [['betrace.bound', span.bound]]);
  if (found.evidence.length === 0) link(writer, found.traceId, undefined, []);
  writer.uint32(SPAN.status).fork();
  writer.uint32(STATUS.message).string(cut(message)).uint32(STATUS.code).int32(ERROR).ldelim();
  return writer.finish();
}

/** Says that a violation is none after all: later spans made the trace keep the rule. */
export function retractionSpan(violation: EmittedViolation, placement: Placement): Uint8Array {
  const { id, rule, found, generation } = violation;
  const writer = WireWriter.create();
  identity(writer, placement === 'offending-trace' ? found.traceId : id, retractionSpanId(id, generation));
  writer.uint32(SPAN.parentSpanId).bytes(hex(violationSpanId(id, generation)));
  writer.uint32(SPAN.name).string(RETRACTION_SPAN);
  times(writer, found);
  attribute(writer, SPAN.attributes, 'betrace.retracts', id);
  attribute(writer, SPAN.attributes, 'betrace.rule.id', rule.id);
  attribute(writer, SPAN.attributes, 'betrace.rule.severity', rule.settings.severity);
  attribute(writer, SPAN.attributes, 'betrace.rule.revision', rule.revision);
  attribute(writer, SPAN.attributes, 'betrace.violation.trace_id', found.traceId);
  return writer.finish();
}

/** An `ExportTraceServiceRequest` of spans made here. */
export function exportRequest(spans: readonly Uint8Array[], version: string): Uint8Array {
  const writer = WireWriter.create();
  writer.uint32(EXPORT_REQUEST.resourceSpans).fork();
  writer.uint32(RESOURCE_SPANS.resource).fork();
  attribute(writer, RESOURCE.attributes, 'service.name', 'betrace');
  attribute(writer, RESOURCE.attributes, 'service.version', version);
  writer.ldelim();
  writer.uint32(RESOURCE_SPANS.scopeSpans).fork();
  writer.uint32(SCOPE_SPANS.scope).fork().uint32(SCOPE.name).string('betrace').ldelim();
  for (const span of spans) writer.uint32(SCOPE_SPANS.spans).bytes(span);
  writer.ldelim().ldelim();
  return writer.finish();
}

const INTERNAL = 1;
const ERROR = 2;

type AttributeInput = string | boolean | readonly string[];

function identity(writer: WireWriter, traceId: string, spanId: string): void {
  writer.uint32(SPAN.traceId).bytes(hex(traceId)).uint32(SPAN.spanId).bytes(hex(spanId));
  // Backends tell spans apart by their kind too.
  writer.uint32(SPAN.kind).int32(INTERNAL);
}

function times(writer: WireWriter, { time }: FoundViolation): void {
  writer.uint32(SPAN.start).fixed64(time.toString()).uint32(SPAN.end).fixed64(time.toString());
}

function link(
  writer: WireWriter,
  traceId: string,
  spanId: string | undefined,
  attributes: readonly (readonly [string, string])[],
): void {
  writer.uint32(SPAN.links).fork();
  writer.uint32(LINK.traceId).bytes(hex(traceId));
  if (spanId !== undefined) writer.uint32(LINK.spanId).bytes(hex(spanId));
  for (const [key, value] of attributes) attribute(writer, LINK.attributes, key, value);
  writer.ldelim();
}

function attribute(writer: WireWriter, tag: number, key: string, value: AttributeInput): void {
  writer.uint32(tag).fork();
  writer.uint32(KEY_VALUE.key).string(key).uint32(KEY_VALUE.value).fork();
  if (typeof value === 'boolean') writer.uint32(ANY_VALUE.bool).bool(value);
  else if (typeof value === 'string') writer.uint32(ANY_VALUE.string).string(cut(value));
  else {
    writer.uint32(ANY_VALUE.array).fork();
    for (const item of value)
      writer.uint32(ARRAY_VALUE.values).fork().uint32(ANY_VALUE.string).string(cut(item)).ldelim();
    writer.ldelim();
  }
  writer.ldelim().ldelim();
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`.toWellFormed();
}

function hex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex');
}
