import type { WordDoc } from '../word-doc.js';

/** Scopes and constants. */
export const VALUE_WORDS: Readonly<Record<string, WordDoc>> = {
  parent: {
    syntax: 'parent.field',
    meaning: "The field of the span's parent; missing where there is none.",
  },
  root: {
    syntax: 'root.field',
    meaning: 'The field of the root of the trace; missing where there is none.',
  },
  span: {
    syntax: 'span.key, span:intrinsic',
    meaning: 'An attribute of the span, or with a colon something that every span has.',
  },
  resource: { syntax: 'resource.key', meaning: 'An attribute of the service or host that made the span.' },
  event: {
    syntax: 'event.key, event:name',
    meaning:
      "An attribute of one of the span's events. All event fields of a filter are about the same event; outside of filters, it is that of the first event that has it.",
  },
  link: { syntax: 'link.key, link:traceID', meaning: "An attribute of one of the span's links." },
  instrumentation: {
    syntax: 'instrumentation.key',
    meaning: 'An attribute of the library that made the span.',
  },
  true: { syntax: 'true', meaning: 'A bool.' },
  false: { syntax: 'false', meaning: 'A bool.' },
  nil: {
    syntax: 'field = nil, field != nil',
    meaning: 'Whether a field is missing. These two are never unknown.',
  },
  ok: { syntax: 'status = ok', meaning: 'The status that was set to say that all went well.' },
  error: { syntax: 'status = error', meaning: 'The status of a span that failed.' },
  unset: { syntax: 'status = unset', meaning: 'The status where none was set.' },
  server: { syntax: 'kind = server', meaning: 'A span that handles a request from another process.' },
  client: { syntax: 'kind = client', meaning: 'A span that makes a request to another process.' },
  producer: { syntax: 'kind = producer', meaning: 'A span that puts a message into a queue.' },
  consumer: { syntax: 'kind = consumer', meaning: 'A span that takes a message from a queue.' },
  internal: { syntax: 'kind = internal', meaning: 'A span of work inside one process.' },
  unspecified: { syntax: 'kind = unspecified', meaning: 'A span whose kind was not set.' },
  minInt: { syntax: 'minInt', meaning: 'The smallest 64-bit int.' },
  maxInt: { syntax: 'maxInt', meaning: 'The largest 64-bit int.' },
};
