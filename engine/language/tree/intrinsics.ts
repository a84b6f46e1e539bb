import type { Intrinsic } from './ast.js';

export type FieldType = 'string' | 'int' | 'duration' | 'time' | 'status' | 'kind';

interface Facts {
  /** Spellings other than the canonical name, TraceQL's unscoped one first. */
  readonly words: readonly string[];
  /** Whether a span, event or link can be there without it. */
  readonly mayBeMissing: boolean;
  readonly documentation: string;
}

interface NumberFacts {
  readonly type: 'int' | 'duration';
  /** No value is less. */
  readonly least: bigint | undefined;
}

type TypeFacts = NumberFacts | { readonly type: Exclude<FieldType, NumberFacts['type']> };

/** Whose an intrinsic is: of one span, event or link by itself, so that no other span of its trace changes it. */
interface OwnFacts {
  readonly of: 'span' | 'event' | 'link';
}

/** Of a span among the others of its trace, or of the whole trace. */
interface SharedFacts {
  readonly of: 'tree' | 'trace';
  /** Whether it is the same whatever spans arrive later; if not, no rule that reads it is judged before its trace is closed. */
  readonly isFixed: boolean;
}

type IntrinsicFacts = Facts & TypeFacts & (OwnFacts | SharedFacts);

export type IntrinsicInfo = IntrinsicFacts & { readonly name: Intrinsic };

/**
 * What the language knows of every intrinsic, in the order in which lists show them. Where it is stored is the business of
 * those who read it (`plan/needs.ts` and on).
 */
const INTRINSIC_FACTS: Readonly<Record<Intrinsic, IntrinsicFacts>> = {
  'span:name': {
    of: 'span',
    words: ['name'],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The name of the span.',
  },
  'span:kind': {
    of: 'span',
    words: ['kind'],
    type: 'kind',
    mayBeMissing: false,
    documentation: 'The kind of the span, such as `server`.',
  },
  'span:status': {
    of: 'span',
    words: ['status'],
    type: 'status',
    mayBeMissing: false,
    documentation: 'The status: `unset`, `ok` or `error`.',
  },
  'span:statusMessage': {
    of: 'span',
    words: ['statusMessage'],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The message that came with the status; empty if there is none.',
  },
  'span:duration': {
    of: 'span',
    words: ['duration'],
    type: 'duration',
    least: 0n,
    mayBeMissing: false,
    documentation: 'End minus start of the span.',
  },
  'span:start': {
    of: 'span',
    words: [],
    type: 'time',
    mayBeMissing: false,
    documentation: 'When the span starts.',
  },
  'span:end': {
    of: 'span',
    words: [],
    type: 'time',
    mayBeMissing: false,
    documentation: 'When the span ends.',
  },
  'span:id': {
    of: 'span',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The id of the span, in hex.',
  },
  'span:parentID': {
    of: 'span',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation:
      "The id of the span's parent, in hex; sixteen zeros in a root, as in Tempo. `nestedSetParent < 0` finds roots too.",
  },
  'span:childCount': {
    of: 'tree',
    isFixed: false,
    words: [],
    type: 'int',
    least: 0n,
    mayBeMissing: false,
    documentation: 'How many spans have this one as their parent.',
  },
  'trace:id': {
    of: 'trace',
    isFixed: true,
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The id of the trace, in hex.',
  },
  'trace:duration': {
    of: 'trace',
    isFixed: false,
    words: ['traceDuration'],
    type: 'duration',
    least: 0n,
    mayBeMissing: false,
    documentation: 'From the first start to the last end in the trace.',
  },
  'trace:start': {
    of: 'trace',
    isFixed: false,
    words: [],
    type: 'time',
    mayBeMissing: false,
    documentation: 'When the first span of the trace starts.',
  },
  'trace:end': {
    of: 'trace',
    isFixed: false,
    words: [],
    type: 'time',
    mayBeMissing: false,
    documentation: 'When the last span of the trace ends.',
  },
  'trace:rootName': {
    of: 'trace',
    isFixed: false,
    words: ['rootName'],
    type: 'string',
    mayBeMissing: true,
    documentation: "The name of the trace's root span.",
  },
  'trace:rootService': {
    of: 'trace',
    isFixed: false,
    words: ['rootServiceName'],
    type: 'string',
    mayBeMissing: true,
    documentation: "The service of the trace's root span.",
  },
  'event:name': {
    of: 'event',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: "The name of one of the span's events.",
  },
  'event:timeSinceStart': {
    of: 'event',
    words: [],
    type: 'duration',
    least: undefined,
    mayBeMissing: false,
    documentation: 'From the start of the span to the event.',
  },
  'link:traceID': {
    of: 'link',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The trace that a link points to, in hex.',
  },
  'link:spanID': {
    of: 'link',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The span that a link points to, in hex.',
  },
  'instrumentation:name': {
    of: 'span',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The library that made the span.',
  },
  'instrumentation:version': {
    of: 'span',
    words: [],
    type: 'string',
    mayBeMissing: false,
    documentation: 'The version of the library that made the span.',
  },
  nestedSetLeft: {
    of: 'tree',
    isFixed: false,
    words: [],
    type: 'int',
    least: 0n,
    mayBeMissing: false,
    documentation: "The span's number on the way down the tree.",
  },
  nestedSetRight: {
    of: 'tree',
    isFixed: false,
    words: [],
    type: 'int',
    least: 0n,
    mayBeMissing: false,
    documentation: "The span's number on the way up the tree.",
  },
  nestedSetParent: {
    of: 'tree',
    isFixed: false,
    words: [],
    type: 'int',
    least: -1n,
    mayBeMissing: false,
    documentation: "The parent's `nestedSetLeft`; -1 for a root.",
  },
};

export const INTRINSICS: readonly IntrinsicInfo[] = (Object.keys(INTRINSIC_FACTS) as Intrinsic[]).map(
  intrinsicInfo,
);

const bySpelling: ReadonlyMap<string, Intrinsic> = new Map(
  INTRINSICS.flatMap((info) => [info.name, ...info.words].map((spelling) => [spelling, info.name] as const)),
);

/** Spelled so only behind a dot: `c.start`, `parent.end`. Alone they stay free for names. */
const AFTER_DOT: ReadonlyMap<string, Intrinsic> = new Map([
  ['start', 'span:start'],
  ['end', 'span:end'],
]);

/** The spelling of `intrinsicAfterDot`. */
export function spellingAfterDot(name: Intrinsic): string {
  for (const [short, meant] of AFTER_DOT) if (meant === name) return short;
  return shortestSpelling(name);
}

export function intrinsicInfo(name: Intrinsic): IntrinsicInfo {
  return { name, ...INTRINSIC_FACTS[name] };
}

/** TraceQL's unscoped spelling where there is one, else the canonical name. */
export function shortestSpelling(name: Intrinsic): string {
  return INTRINSIC_FACTS[name].words[0] ?? name;
}

/** No value of the intrinsic is less than this. */
export function leastValue(name: Intrinsic): bigint | undefined {
  const facts = INTRINSIC_FACTS[name];
  return 'least' in facts ? facts.least : undefined;
}

/** Whether no span that arrives later changes the intrinsic of one that is there. */
export function isSettledIntrinsic(name: Intrinsic): boolean {
  const facts = INTRINSIC_FACTS[name];
  return facts.of === 'tree' || facts.of === 'trace' ? facts.isFixed : true;
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
