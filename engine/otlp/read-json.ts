import { messageOf } from '../shared/message-of.js';
import {
  attributesOf,
  enumOf,
  get,
  idOf,
  isObject,
  listOf,
  text,
  timeOf,
  WrongValue,
} from './json-values.js';
import { MalformedOtlp } from './malformed.js';
import { KIND_NAMES, STATUS_NAMES } from './names.js';
import { isJaeger, readJaeger } from './read-jaeger.js';
import { isZipkin, readZipkin } from './read-zipkin.js';
import type { OtlpGroup, OtlpRequest, OtlpSpan, RefusedSpan } from './request.js';

/**
 * Reads traces in OTLP's JSON form, with what senders and tools make of it: one request, an array of requests, or a request a line
 * (the Collector's file exporter); as Tempo's and Jaeger's APIs wrap them; ids in hex or base64, enums by number or name, 64-bit
 * integers as text or number, the older `instrumentationLibrarySpans`, a byte order mark.
 *
 * Throws `MalformedOtlp` where the text is something else, and says what where it is Jaeger's or Zipkin's own JSON. A span that
 * cannot be read as it was meant is refused by itself.
 */
export function readOtlpJson(text: string): OtlpRequest {
  return readRequests(parse(text));
}

/** The same, and also Jaeger's and Zipkin's own JSON: what somebody has in a file. */
export function readTraceJson(text: string): OtlpRequest {
  const json = parse(text);
  const [first] = json;
  if (isZipkin(first)) return readZipkin(json);
  if (!json.some(isJaeger)) return readRequests(json);
  const read = json.map(readJaeger);
  return { groups: read.flatMap(({ groups }) => groups), refused: read.flatMap(({ refused }) => refused) };
}

function readRequests(json: readonly unknown[]): OtlpRequest {
  const groups: OtlpGroup[] = [];
  const refused: RefusedSpan[] = [];
  for (const request of json.flatMap((value) => (Array.isArray(value) ? elementsOf(value) : [value])))
    for (const resourceSpans of resourceSpansOf(request)) readGroups(resourceSpans, groups, refused);
  return { groups, refused };
}

// ------------------------------------------------------------------------------------------------------- requests

/** One JSON value, or one a line. */
function parse(marked: string): readonly unknown[] {
  const text = marked.replace(/^\ufeff/, '');
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const lines = text
      .split('\n')
      .map((line, lineNumber) => ({ line: line.trim(), lineNumber: lineNumber + 1 }));
    const filled = lines.filter(({ line }) => line !== '');
    // Of a request that is laid out over lines the first line is no value by itself.
    if (filled.length < 2 || !isJson(filled[0]!.line)) throw notJson('this', error);
    return filled.map(({ line, lineNumber }) => {
      try {
        return JSON.parse(line);
      } catch (error) {
        throw notJson(`line ${lineNumber}`, error);
      }
    });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function notJson(where: string, error: unknown): MalformedOtlp {
  const reason = messageOf(error);
  return new MalformedOtlp(`${where} is not JSON: ${reason}`, { cause: error });
}

function elementsOf(requests: readonly unknown[]): readonly unknown[] {
  const [first] = requests;
  if (isZipkin(first)) throw new MalformedOtlp(ZIPKIN);
  if (requests.length === 0) throw new MalformedOtlp(NOT_OTLP);
  return requests;
}

const NOT_OTLP = 'no "resourceSpans" found: this is not an OTLP JSON trace';
const ZIPKIN =
  'this is the JSON of Zipkin (spans with "traceId" and "id"), not of OTLP: send it through a Collector, with its zipkin receiver and its otlp or file exporter';
const JAEGER =
  'this is the JSON of Jaeger\'s older API ("data" with "spans"), not of OTLP: ask Jaeger 2 for /api/v3/traces/<trace id>, which answers in OTLP';

/** As it is, or in what Tempo's and Jaeger's APIs put around it. A request may be empty. */
function resourceSpansOf(request: unknown): readonly unknown[] {
  if (!isObject(request)) throw new MalformedOtlp(NOT_OTLP);
  if (isJaeger(request)) throw new MalformedOtlp(JAEGER);
  if (isZipkin(request)) throw new MalformedOtlp(ZIPKIN);
  const holder = [get(request, 'trace'), get(request, 'result'), request].find(isObject);
  const found = get(holder, 'resourceSpans') ?? get(holder, 'batches') ?? undefined;
  if (found === undefined && Object.keys(request).length > 0) throw new MalformedOtlp(NOT_OTLP);
  return listIn(found, 'resourceSpans');
}

/** Lists around spans, without which nothing can be read. */
function listIn(raw: unknown, what: string): readonly unknown[] {
  try {
    return listOf(raw, what);
  } catch (error) {
    if (error instanceof WrongValue) throw new MalformedOtlp(error.message, { cause: error });
    throw error;
  }
}

// ---------------------------------------------------------------------------------------------------------- spans

function readGroups(resourceSpans: unknown, groups: OtlpGroup[], refused: RefusedSpan[]): void {
  const scoped = get(resourceSpans, 'scopeSpans') ?? get(resourceSpans, 'instrumentationLibrarySpans');
  const resource = shared(() => attributesOf(get(get(resourceSpans, 'resource'), 'attributes')), 'resource');
  for (const scope of listIn(scoped, 'scopeSpans')) {
    const holder = get(scope, 'scope') ?? get(scope, 'instrumentationLibrary');
    const attributes = shared(() => attributesOf(get(holder, 'attributes')), 'scope');
    const spans: OtlpSpan[] = [];
    for (const raw of listIn(get(scope, 'spans'), 'spans')) {
      const span = [resource, attributes].find((part) => 'reason' in part) ?? readSpan(raw);
      if ('reason' in span) refused.push(named(span, raw));
      else if ('traceId' in span) spans.push(span);
    }
    if (!('reason' in resource) && !('reason' in attributes))
      groups.push({
        resource,
        scope: { name: text(get(holder, 'name')), version: text(get(holder, 'version')), attributes },
        spans,
      });
  }
}

/** What several spans share: where it is wrong, none of them can be taken. */
function shared<T>(read: () => T, what: string): T | RefusedSpan {
  const made = attempt(read);
  return made instanceof WrongValue ? { reason: 'value', message: `${what} ${made.message}` } : made;
}

function attempt<T>(read: () => T): T | WrongValue {
  try {
    return read();
  } catch (error) {
    if (error instanceof WrongValue) return error;
    throw error;
  }
}

function named({ reason, message }: RefusedSpan, raw: unknown): RefusedSpan {
  const name = text(get(raw, 'name'));
  return { reason, message: name === '' ? message : `span "${name.slice(0, 100)}": ${message}` };
}

function readSpan(raw: unknown): OtlpSpan | RefusedSpan {
  const traceId = idOf(get(raw, 'traceId'), 32) ?? '';
  const spanId = idOf(get(raw, 'spanId'), 16) ?? '';
  const parentSpanId = idOf(get(raw, 'parentSpanId'), 16);
  if (traceId === '') return { reason: 'trace id', message: 'it has no valid "traceId"' };
  if (spanId === '') return { reason: 'span id', message: 'it has no valid "spanId"' };
  if (parentSpanId === undefined) return { reason: 'value', message: 'its "parentSpanId" is no span id' };
  const span = attempt(() => contentOf(raw));
  if (span instanceof WrongValue) return { reason: 'value', message: span.message };
  return { traceId, spanId, parentSpanId, ...span };
}

function contentOf(raw: unknown): Omit<OtlpSpan, 'traceId' | 'spanId' | 'parentSpanId'> {
  const start = timeOf(get(raw, 'startTimeUnixNano'), '"startTimeUnixNano"');
  const end = timeOf(get(raw, 'endTimeUnixNano'), '"endTimeUnixNano"');
  const status = get(raw, 'status');
  return {
    name: text(get(raw, 'name')),
    kind: KIND_NAMES[enumOf(get(raw, 'kind'), KIND_NAMES, 'SPAN_KIND_')] ?? 'unspecified',
    status: STATUS_NAMES[enumOf(get(status, 'code'), STATUS_NAMES, 'STATUS_CODE_')] ?? 'unset',
    statusMessage: text(get(status, 'message')),
    start,
    duration: end > start ? end - start : 0n,
    attributes: attributesOf(get(raw, 'attributes')),
    events: listOf(get(raw, 'events'), 'events').map((event) => ({
      name: text(get(event, 'name')),
      timeSinceStart: timeOf(get(event, 'timeUnixNano') ?? String(start), 'the time of an event') - start,
      attributes: attributesOf(get(event, 'attributes')),
    })),
    links: listOf(get(raw, 'links'), 'links').map((link) => ({
      traceId: idOf(get(link, 'traceId'), 32) ?? '',
      spanId: idOf(get(link, 'spanId'), 16) ?? '',
      attributes: attributesOf(get(link, 'attributes')),
    })),
  };
}
