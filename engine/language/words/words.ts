import type {
  AggregateCall,
  AggregateScalar,
  AttributeScope,
  ClauseKeyword,
  FieldHop,
  Item,
  Relation,
  ValueFunction,
} from '../tree/ast.js';
import { KIND_NAMES, STATUS_NAMES } from '../tree/kinds.js';
import type { MetricsWord } from './metrics-words.js';

/**
 * The words of the language, each once. Whoever needs a list of some of them (the lexer, the parser, the recovery, the docs
 * of the editor) asks for it by what the words are for, so that a new word is known wherever its kind is.
 */

/** What two or three patterns are related by. */
export interface RelationFacts {
  /**
   * `edges`: one edge of a span with one of another, so that there is a gap for `within` and `at least` to limit.
   * `intervals`: more than that pair, so that there is no single gap. `tree`: places in the tree of spans.
   */
  readonly compares: 'edges' | 'intervals' | 'tree';
}

/** Every relation, in the order in which lists show them. */
export const RELATIONS: Readonly<Record<Relation, RelationFacts>> = {
  before: { compares: 'edges' },
  after: { compares: 'edges' },
  'starts before': { compares: 'edges' },
  'starts after': { compares: 'edges' },
  'ends before': { compares: 'edges' },
  'ends after': { compares: 'edges' },
  during: { compares: 'intervals' },
  overlaps: { compares: 'intervals' },
  under: { compares: 'tree' },
  over: { compares: 'tree' },
  between: { compares: 'intervals' },
};

/** The relations of a pattern to one other. */
export const PAIR_RELATIONS = allRelations().filter((relation) => relation !== 'between');

type Parts<T extends string> = T extends `${infer First} ${infer Rest}` ? First | Parts<Rest> : T;

export function wordsOfRelation<R extends Relation>(relation: R): readonly Parts<R>[] {
  return relation.split(' ') as Parts<R>[];
}

function allRelations(): readonly Relation[] {
  return Object.keys(RELATIONS) as Relation[];
}

/** Every word of a union, which the compiler holds to be all of them. */
function all<W extends string>(words: Readonly<Record<W, true>>): readonly W[] {
  return Object.keys(words) as W[];
}

/** Words that start, join or end something where a name could be, by what they are for. */
const KEYWORDS_FOR = {
  /** Each starts an item of a file, `export` a `let`. */
  item: all<Exclude<Item['kind'], 'over rule' | 'list'> | 'export'>({
    rule: true,
    let: true,
    export: true,
    use: true,
    test: true,
  }),
  clause: all<ClauseKeyword>({ when: true, always: true, never: true }),
  /** What may be before the `.` of an attribute. */
  'attribute scope': all<Exclude<AttributeScope, 'any'>>({
    span: true,
    resource: true,
    event: true,
    link: true,
    instrumentation: true,
  }),
  'other scope': ['trace', ...all<Exclude<FieldHop, 'self'>>({ parent: true, root: true })],
  /** Between the tests of a clause. */
  joint: ['and', 'or'],
  /** In front of a test. */
  prefix: ['not', 'exists'],
  narrowing: ['where'],
  binding: ['as'],
  /** An operator of filters; `starts with` is another, of words that are in other classes. */
  filter: ['in', 'contains'],
  relation: [...new Set(allRelations().flatMap((relation) => wordsOfRelation(relation)))],
  sequence: ['then'],
  /** Each starts a limit on the gap of a relation. */
  bound: ['within', 'at'],
  /** Stages of a pipeline that are no aggregates. */
  stage: ['by', 'select', 'coalesce'],
  count: ['count'],
  /** A value of a value, in filters and clauses. */
  'value function': all<ValueFunction>({
    lower: true,
    length: true,
    hour: true,
    weekday: true,
    date: true,
  }),
  /** One value of a field of many spans, in a clause or in a pipeline. */
  aggregate: all<Exclude<AggregateCall['function'], 'count'>>({ min: true, max: true, avg: true, sum: true }),
  'clause aggregate': all<Exclude<AggregateScalar['function'], AggregateCall['function']>>({
    distinct: true,
    quantile: true,
  }),
} as const;

type KeywordClass = keyof typeof KEYWORDS_FOR;
type Keyword = KeywordFor<KeywordClass>;
export type KeywordFor<C extends KeywordClass> = (typeof KEYWORDS_FOR)[C][number];

/** The keywords that are for one of these. */
export function keywordsFor<C extends KeywordClass>(...classes: readonly C[]): readonly KeywordFor<C>[] {
  return classes.flatMap((group) => [...KEYWORDS_FOR[group]]);
}

/** Words that no let may be named; constants and intrinsics are others. Every other word is only special in its place. */
export const KEYWORDS: ReadonlySet<string> = new Set<string>(Object.values(KEYWORDS_FOR).flat());
export const ITEM_KEYWORDS: ReadonlySet<string> = new Set(keywordsFor('item'));
export const CLAUSE_KEYWORDS: ReadonlySet<string> = new Set(keywordsFor('clause'));
export const ATTRIBUTE_SCOPES: ReadonlySet<string> = new Set(keywordsFor('attribute scope'));

const CONSTANTS = ['true', 'false', 'nil', 'minInt', 'maxInt', ...STATUS_NAMES, ...KIND_NAMES] as const;

export const STATUS_WORDS: ReadonlySet<string> = new Set(STATUS_NAMES);
export const KIND_WORDS: ReadonlySet<string> = new Set(KIND_NAMES);
export const CONSTANT_WORDS: ReadonlySet<string> = new Set(CONSTANTS);

/** Words that mean something in their place and may be names everywhere else. `metrics-words.ts` has more of them. */
type PlacedWord =
  /** Of bounds and filters: `at least`, `starts with`. */
  | 'least'
  | 'with'
  /** Of lets: `list from "eu.txt"`. */
  | 'list'
  /** Of settings. */
  | 'across'
  | 'closes'
  | 'every'
  | 'links'
  | 'partial'
  /** Of tests, and of queries: `violations of`. */
  | 'applicable'
  | 'cannot'
  | 'expect'
  | 'from'
  | 'of'
  | 'pass'
  | 'tell'
  | 'undecided'
  | 'until'
  | 'vacuous'
  | 'violation'
  | 'violations';

/** A word that the grammar may wait for. */
export type Word = Keyword | (typeof CONSTANTS)[number] | PlacedWord | MetricsWord;
