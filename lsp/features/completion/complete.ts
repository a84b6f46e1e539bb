import type { Terminal } from '../../../engine/language/grammar/grammar-builder.js';
import { EXPRESSION_PREFIX, MINUS, SERVICE } from '../../../engine/language/grammar/grammar-terminals.js';
import { expectedInQuery } from '../../../engine/language/parse/expected.js';
import { lex } from '../../../engine/language/text/lexer.js';
import { isFreeName } from '../../../engine/language/text/tokens.js';
import { isRuleItem } from '../../../engine/language/tree/rule-item.js';
import { RELATIONS } from '../../../engine/language/words/words.js';
import type { TraceCatalogue } from '../../catalogue/catalogue.js';
import { wordMarkdown } from '../../docs/markdown.js';
import { OPERATOR_DOCS } from '../../docs/operator-docs.js';
import type { WordDoc } from '../../docs/word-doc.js';
import { WORD_DOCS } from '../../docs/word-docs.js';
import type { Analysis } from '../../workspace/analysis.js';
import { type CompletionEntry, RANK } from './entry.js';
import { comparedField } from './field-context.js';
import { fieldEntries } from './fields.js';
import { useEntries } from './files.js';
import {
  boundEntry,
  boundNames,
  listEntries,
  parameterEntries,
  patternEntries,
  ruleIdEntries,
} from './names.js';
import { operatorRank, wordRank } from './order.js';
import { type CompletionPlace, placeAt } from './place.js';
import { settingEntries, settingWordEntries } from './settings.js';
import { itemSnippets, type SnippetNames } from './snippets.js';
import { textEntries, valueEntries } from './values.js';

/**
 * What could be written at an offset of a rule file. What the grammar waits for decides: a word is offered only where the
 * parser would take it. Never waits for anything: the catalogue is what is known now.
 */
export function completionsAt(
  analysis: Analysis,
  path: string,
  text: string,
  offset: number,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const place = placeAt(text, offset);
  const { inside, terminals, part } = place.expected;
  if (inside === 'comment') return [];
  if (inside === 'string') return inString(analysis, path, place, catalogue);
  const entries = terminals.flatMap((terminal) => entriesFor(terminal, place, analysis, path, catalogue));
  if (part === undefined) entries.push(...itemSnippets(place.replace, snippetNames(analysis, catalogue)));
  return unique(entries);
}

/** The same in a text that is one query. */
export function queryCompletionsAt(
  analysis: Analysis,
  path: string,
  text: string,
  offset: number,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const place = placeAt(text, offset, expectedInQuery(text, offset));
  const { inside, terminals } = place.expected;
  if (inside === 'comment') return [];
  if (inside === 'string') return inString(analysis, path, place, catalogue);
  return unique(terminals.flatMap((terminal) => entriesFor(terminal, place, analysis, path, catalogue)));
}

function snippetNames(analysis: Analysis, { spanNames, services, attributes }: TraceCatalogue): SnippetNames {
  const keys = attributes.filter(({ scope, acrossTraces }) => scope === 'span' && acrossTraces === true);
  return {
    spans: spanNames.map(({ text }) => text),
    services: services.map(({ text }) => text),
    rules: analysis.paths.flatMap((path) =>
      (analysis.syntaxOf(path)?.file.items ?? []).filter(isRuleItem).map(({ id }) => id.text),
    ),
    keys: keys.map(({ key }) => key),
  };
}

function entriesFor(
  terminal: Terminal,
  place: CompletionPlace,
  analysis: Analysis,
  path: string,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const { replace } = place;
  switch (terminal.role) {
    case 'keyword':
      return textsOf(terminal).flatMap((word) => wordEntries(word, place, catalogue));
    case 'function':
    case 'metrics function':
      return textsOf(terminal).map((name) => functionEntry(name, place));
    case 'operator':
      // Operators are worth a list only where nothing is being typed; a sign in front of a value never is.
      if (place.typed !== '' || terminal === EXPRESSION_PREFIX || terminal === MINUS) return [];
      return textsOf(terminal).map((label) => ({
        label,
        kind: 'operator',
        ...docOf(label, OPERATOR_DOCS),
        replace,
        rank: operatorRank(label, place, catalogue),
      }));
    case 'field':
      return filterFieldEntries(place, analysis, path, catalogue);
    case 'bound field':
      return boundFieldEntries(place, analysis, path, catalogue);
    case 'pattern name':
      return patternEntries(place, analysis, path).map((entry) =>
        isStage(place) ? { ...entry, rank: RANK.rare } : entry,
      );
    case 'list name':
      return listEntries(place, analysis, path);
    case 'parameter':
      return parameterEntries(place);
    case 'rule id':
      return ruleIdEntries(place, analysis);
    case 'setting name':
      return settingEntries(place);
    case 'setting value':
      return settingWordEntries(place);
    case 'service':
      return catalogue.services.map(({ text }, n) => ({
        label: isBareService(text) ? text : JSON.stringify(text),
        kind: 'value',
        detail: 'service',
        replace,
        rank: RANK.exact + n / 1000,
      }));
    case 'literal':
      return literalEntries(place, catalogue);
    case 'string':
      return isSpanNamePlace(place) ? textEntries(catalogue.spanNames, 'span name', replace) : [];
    case 'duration':
      return durationEntries(place);
    case 'new name':
    case 'hint name':
    case 'number':
      return [];
    case 'punctuation':
      return terminal.text === '{' ? filterEntries(place) : [];
  }
}

/** Lengths that people write, by the word before them. */
const DURATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['skew', ['5ms', '50ms', '500ms']],
  ['over', ['5m', '10m', '1h', '1d']],
  ['every', ['1m', '5m', '10m']],
]);
const USUAL_DURATIONS: readonly string[] = ['30s', '1s', '5s', '1m', '5m', '1h'];

function durationEntries({ replace, expected: { before } }: CompletionPlace): readonly CompletionEntry[] {
  const word = before.findLast(({ kind }) => kind === 'name' || kind === 'keyword')?.text ?? '';
  return (DURATIONS.get(word) ?? USUAL_DURATIONS).map((label, n) => ({
    label,
    kind: 'value',
    detail: 'a duration',
    replace,
    rank: RANK.exact + n / 1000,
  }));
}

function textsOf({ text, texts }: Terminal): readonly string[] {
  return texts ?? (text === undefined ? [] : [text]);
}

const PHRASES: readonly string[] = [
  ...Object.keys(RELATIONS),
  'starts with',
  'not in',
  'at least',
  'list from',
];
/** Settings of several words, whose first alone is read as more of what is before it. */
const SETTING_PHRASES: ReadonlyMap<string, string> = new Map([
  ['closes', 'closes after'],
  ['on', 'on partial'],
]);

/** A word that begins phrases is offered as those that fit the place. */
function phrasesOf(word: string, { takes }: CompletionPlace['expected']): readonly string[] {
  const setting = SETTING_PHRASES.get(word);
  if (setting !== undefined && !takes(word)) return [setting];
  const phrases = PHRASES.filter((phrase) => phrase.startsWith(`${word} `) && takes(phrase));
  return phrases.length === 0 ? [word] : phrases;
}

/** What a test may expect in two words. */
const EXPECTATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['not', ['not applicable']],
  ['cannot', ['cannot tell']],
]);

function wordEntries(
  word: string,
  place: CompletionPlace,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const { replace, expected } = place;
  // The grammar takes it after any pattern, for a better message.
  if (word === 'as' && expected.part === 'clause' && expected.before[0]?.text !== 'when') return [];
  const labels = expected.part === 'test' ? (EXPECTATIONS.get(word) ?? [word]) : phrasesOf(word, expected);
  return labels.map((label) => ({
    label,
    kind: 'keyword',
    ...docOf(label, WORD_DOCS),
    replace,
    rank: wordRank(label, place, catalogue),
  }));
}

/** Behind a `|`, where spans are more often counted than matched with a pattern once more. */
function isStage({ expected: { before } }: CompletionPlace): boolean {
  return before.at(-1)?.text === '|';
}

/** A filter, where a pattern could be written. */
function filterEntries(place: CompletionPlace): readonly CompletionEntry[] {
  const { replace, typed } = place;
  const { part } = place.expected;
  if (typed !== '' || part === undefined || part === 'rule head' || part === 'test') return [];
  const detail = 'spans that a filter matches';
  return [
    {
      label: '{ }',
      kind: 'snippet',
      detail,
      insert: '{ $1 }',
      snippet: true,
      replace,
      rank: isStage(place) ? RANK.rare : RANK.bound + 5,
      again: true,
    },
  ];
}

/** Words that start something else in a test, or a value, are quoted. */
function isBareService(text: string): boolean {
  const [token, ...others] = lex(text).tokens;
  return (
    token !== undefined && others.length === 0 && isFreeName(text) && text !== 'trace' && SERVICE.test(token)
  );
}

function functionEntry(label: string, { replace }: CompletionPlace): CompletionEntry {
  const takesArguments = !NO_ARGUMENTS.has(label);
  return {
    label,
    kind: 'function',
    ...docOf(label, WORD_DOCS),
    insert: takesArguments ? `${label}($1)` : `${label}()`,
    snippet: true,
    replace,
    rank: RANK.keyword,
    ...(takesArguments ? { again: true } : {}),
  };
}

const NO_ARGUMENTS = new Set(['coalesce', 'rate', 'count_over_time']);

function docOf(
  label: string,
  docs: ReadonlyMap<string, WordDoc>,
): Pick<CompletionEntry, 'detail' | 'documentation'> {
  const doc = docs.get(label);
  return doc === undefined ? {} : { detail: doc.syntax, documentation: wordMarkdown(label, doc) };
}

/** Fields of a filter: bound spans first where there is something to compare with them. */
function filterFieldEntries(
  place: CompletionPlace,
  analysis: Analysis,
  path: string,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const bound = boundFieldEntries(place, analysis, path, catalogue);
  const compared = comparedField(place.text, place.replace.start) !== undefined;
  const ranked = compared ? bound : bound.map((entry) => ({ ...entry, rank: entry.rank + RANK.usual - 7 }));
  return [...ranked, ...fieldEntries(place, catalogue, boundNames(analysis, path, place))];
}

/** `c.` for every bound span in reach, or its fields once the dot is there. */
function boundFieldEntries(
  place: CompletionPlace,
  analysis: Analysis,
  path: string,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const names = boundNames(analysis, path, place);
  const dot = place.typed.indexOf('.');
  if (dot > 0 && names.includes(place.typed.slice(0, dot))) return fieldEntries(place, catalogue, names);
  return names.map((name) => ({ ...boundEntry(`${name}.`, place.replace), again: true }));
}

function literalEntries(place: CompletionPlace, catalogue: TraceCatalogue): readonly CompletionEntry[] {
  const field = comparedField(place.text, place.replace.start);
  return field === undefined ? [] : valueEntries(field, place.replace, catalogue);
}

function inString(
  analysis: Analysis,
  path: string,
  place: CompletionPlace,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const quote = place.typed.startsWith('`') ? '`' : '"';
  const field = comparedField(place.text, place.replace.start);
  if (field !== undefined) return valueEntries(field, place.replace, catalogue, quote);
  if (place.expected.part === 'use') return useEntries(analysis, path, place);
  if (isSpanNamePlace(place)) return textEntries(catalogue.spanNames, 'span name', place.replace, quote);
  return [];
}

/** `service "|` in a test. */
function isSpanNamePlace(place: CompletionPlace): boolean {
  if (place.expected.part !== 'test') return false;
  const { tokens } = lex(place.text.slice(0, place.replace.start));
  const last = tokens.at(-1);
  return (
    last !== undefined &&
    last.text !== 'test' &&
    last.text !== 'from' &&
    last.text !== 'link' &&
    (last.kind === 'name' || last.kind === 'string')
  );
}

/** The grammar may wait for one thing in two roles. */
function unique(entries: readonly CompletionEntry[]): readonly CompletionEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ label, kind }) => {
    const key = kind === 'function' ? `${label}()` : label;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
