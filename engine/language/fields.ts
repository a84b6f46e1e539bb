import type { AttributeScope, Field, FieldHop, Intrinsic, Name, Range } from './ast.js';
import { splitAttributeName } from './literals-attribute.js';

export type FieldType = 'string' | 'int' | 'duration' | 'time' | 'status' | 'kind';

export interface IntrinsicInfo {
  readonly name: Intrinsic;
  /** Spellings besides the canonical name, TraceQL's unscoped one first. */
  readonly words: readonly string[];
  readonly type: FieldType;
  readonly documentation: string;
}

/** Every intrinsic, in the order in which lists show them. */
export const INTRINSICS: readonly IntrinsicInfo[] = [
  { name: 'span:name', words: ['name'], type: 'string', documentation: 'The name of the span.' },
  {
    name: 'span:kind',
    words: ['kind'],
    type: 'kind',
    documentation: 'The kind of the span, such as `server`.',
  },
  {
    name: 'span:status',
    words: ['status'],
    type: 'status',
    documentation: 'The status: `unset`, `ok` or `error`.',
  },
  {
    name: 'span:statusMessage',
    words: ['statusMessage'],
    type: 'string',
    documentation: 'The message that came with the status; empty if there is none.',
  },
  {
    name: 'span:duration',
    words: ['duration'],
    type: 'duration',
    documentation: 'End minus start of the span.',
  },
  { name: 'span:start', words: [], type: 'time', documentation: 'When the span starts.' },
  { name: 'span:end', words: [], type: 'time', documentation: 'When the span ends.' },
  { name: 'span:id', words: [], type: 'string', documentation: 'The id of the span, in hex.' },
  {
    name: 'span:parentID',
    words: [],
    type: 'string',
    documentation:
      "The id of the span's parent, in hex; sixteen zeros in a root, as in Tempo. `nestedSetParent < 0` finds roots too.",
  },
  {
    name: 'span:childCount',
    words: [],
    type: 'int',
    documentation: 'How many spans have this one as their parent.',
  },
  { name: 'trace:id', words: [], type: 'string', documentation: 'The id of the trace, in hex.' },
  {
    name: 'trace:duration',
    words: ['traceDuration'],
    type: 'duration',
    documentation: 'From the first start to the last end in the trace.',
  },
  { name: 'trace:start', words: [], type: 'time', documentation: 'When the first span of the trace starts.' },
  { name: 'trace:end', words: [], type: 'time', documentation: 'When the last span of the trace ends.' },
  {
    name: 'trace:rootName',
    words: ['rootName'],
    type: 'string',
    documentation: "The name of the trace's root span.",
  },
  {
    name: 'trace:rootService',
    words: ['rootServiceName'],
    type: 'string',
    documentation: "The service of the trace's root span.",
  },
  { name: 'event:name', words: [], type: 'string', documentation: "The name of one of the span's events." },
  {
    name: 'event:timeSinceStart',
    words: [],
    type: 'duration',
    documentation: 'From the start of the span to the event.',
  },
  {
    name: 'link:traceID',
    words: [],
    type: 'string',
    documentation: 'The trace that a link points to, in hex.',
  },
  {
    name: 'link:spanID',
    words: [],
    type: 'string',
    documentation: 'The span that a link points to, in hex.',
  },
  {
    name: 'instrumentation:name',
    words: [],
    type: 'string',
    documentation: 'The library that made the span.',
  },
  {
    name: 'instrumentation:version',
    words: [],
    type: 'string',
    documentation: 'The version of the library that made the span.',
  },
  {
    name: 'nestedSetLeft',
    words: [],
    type: 'int',
    documentation: "The span's number on the way down the tree.",
  },
  {
    name: 'nestedSetRight',
    words: [],
    type: 'int',
    documentation: "The span's number on the way up the tree.",
  },
  {
    name: 'nestedSetParent',
    words: [],
    type: 'int',
    documentation: "The parent's `nestedSetLeft`; -1 for a root.",
  },
];

const byName: ReadonlyMap<string, IntrinsicInfo> = new Map(INTRINSICS.map((info) => [info.name, info]));
const bySpelling: ReadonlyMap<string, Intrinsic> = new Map(
  INTRINSICS.flatMap((info) => [info.name, ...info.words].map((spelling) => [spelling, info.name] as const)),
);

/** Spelled so only behind a dot: `c.start`, `parent.end`. Alone they stay free for names. */
const AFTER_DOT: ReadonlyMap<string, Intrinsic> = new Map([
  ['start', 'span:start'],
  ['end', 'span:end'],
]);

export function intrinsicInfo(name: Intrinsic): IntrinsicInfo {
  const info = byName.get(name);
  if (info === undefined) throw new Error(`no intrinsic ${name}`);
  return info;
}

/** The intrinsic of a spelling with or without scope: `duration`, `span:duration`. */
export function intrinsicOf(spelling: string): Intrinsic | undefined {
  return bySpelling.get(spelling);
}

/** The intrinsic that a bare word means (`duration`, `nestedSetLeft`). */
export function intrinsicOfWord(word: string): Intrinsic | undefined {
  return word.includes(':') ? undefined : bySpelling.get(word);
}

/** The intrinsic of a spelling behind `c.`, `parent.` or `root.`, where `start` and `end` are short for the span's. */
export function intrinsicAfterDot(spelling: string): Intrinsic | undefined {
  return bySpelling.get(spelling) ?? AFTER_DOT.get(spelling);
}

/** The field of a bare word or a scoped intrinsic token. Undefined for `span:nosuch`. */
export function intrinsicField(text: string, range: Range): Field | undefined {
  const spelling = text.replace(/\s+/gu, '');
  const name = intrinsicOf(spelling);
  if (name === undefined) return undefined;
  return { kind: 'intrinsic', hop: 'self', name, ...(spelling === name ? {} : { spelling }), range };
}

const SCOPE_PREFIX = /^(span|resource|event|link|instrumentation)\./u;
const HOP_PREFIX = /^(parent|root)\./u;

/**
 * The field that an attribute token spells: `.a`, `span."a b"`, `parent.name`, `c.root.resource.x`.
 * A name in front of the first dot that is no scope is a bound span.
 */
export function fieldOfToken(text: string, range: Range): Field {
  const dot = text.indexOf('.');
  const head = text.slice(0, dot);
  const tail = text.slice(dot + 1);
  if (head === '') return attribute('any', tail, 'self', undefined, range);
  if (SCOPE_PREFIX.test(text)) return attribute(head as AttributeScope, tail, 'self', undefined, range);
  if (head === 'parent' || head === 'root') return afterDot(tail, head, undefined, range);
  const bound: Name = { text: head, range: { start: range.start, end: range.start + head.length } };
  const hop = HOP_PREFIX.exec(tail)?.[1];
  return hop === 'parent' || hop === 'root'
    ? afterDot(tail.slice(hop.length + 1), hop, bound, range)
    : afterDot(tail, 'self', bound, range);
}

function afterDot(tail: string, hop: FieldHop, bound: Name | undefined, range: Range): Field {
  const name = intrinsicAfterDot(tail);
  if (name !== undefined) {
    return {
      kind: 'intrinsic',
      ...(bound === undefined ? {} : { bound }),
      hop,
      name,
      ...(tail === name ? {} : { spelling: tail }),
      range,
    };
  }
  const scope = SCOPE_PREFIX.exec(tail)?.[1];
  if (scope === undefined) return attribute('any', tail.replace(/^\./u, ''), hop, bound, range);
  return attribute(scope as AttributeScope, tail.slice(scope.length + 1), hop, bound, range);
}

function attribute(
  scope: AttributeScope,
  key: string,
  hop: FieldHop,
  bound: Name | undefined,
  range: Range,
): Field {
  return {
    kind: 'attribute',
    ...(bound === undefined ? {} : { bound }),
    hop,
    scope,
    key: splitAttributeName(key),
    range,
  };
}
