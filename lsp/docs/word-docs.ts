import { METRICS_DOCS } from './metrics-docs.js';
import type { WordDoc } from './word-doc.js';
import { CLAUSE_WORDS, THEN } from './words/clause-words.js';
import { FUNCTION_WORDS } from './words/function-words.js';
import { ITEM_WORDS } from './words/item-words.js';
import { PIPELINE_WORDS } from './words/pipeline-words.js';
import { RELATION_WORDS } from './words/relation-words.js';
import { SERIES_WORDS } from './words/series-words.js';
import { VALUE_WORDS } from './words/value-words.js';

/** Keywords, by their text; relations of several words by the whole of it. */
export const WORD_DOCS: ReadonlyMap<string, WordDoc> = new Map<string, WordDoc>([
  ['then', THEN],
  ...[
    ITEM_WORDS,
    CLAUSE_WORDS,
    RELATION_WORDS,
    FUNCTION_WORDS,
    SERIES_WORDS,
    PIPELINE_WORDS,
    METRICS_DOCS,
    VALUE_WORDS,
  ].flatMap((words) => Object.entries(words)),
]);
