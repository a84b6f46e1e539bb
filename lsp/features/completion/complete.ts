import { asRule } from '../../../engine/language/check/queries/check-query.js';
import type { Terminal } from '../../../engine/language/grammar/grammar-builder.js';
import { expectedInQuery } from '../../../engine/language/parse/expected.js';
import { splitItems } from '../../../engine/language/parse/parse-items.js';
import { parametersOf } from '../../../engine/language/parse/parse-parameters.js';
import { printLet, printPipeline } from '../../../engine/language/print/print.js';
import { bindingsOf } from '../../../engine/language/scope/scope.js';
import { lex } from '../../../engine/language/text/lexer.js';
import { isRuleItem } from '../../../engine/language/tree/rule-item.js';
import { RELATIONS } from '../../../engine/language/words/words.js';
import type { TraceCatalogue } from '../../catalogue/catalogue.js';
import { codeBlock, wordMarkdown } from '../../docs/markdown.js';
import { OPERATOR_DOCS } from '../../docs/operator-docs.js';
import type { WordDoc } from '../../docs/word-doc.js';
import { WORD_DOCS } from '../../docs/word-docs.js';
import type { Analysis } from '../../workspace/analysis.js';
import { type CompletionEntry, RANK } from './entry.js';
import { comparedField } from './field-context.js';
import { fieldEntries } from './fields.js';
import { useEntries } from './files.js';
import { type CompletionPlace, placeAt } from './place.js';
import { settingEntries, settingWordEntries } from './settings.js';
import { itemSnippets } from './snippets.js';
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
  if (part === undefined) entries.push(...itemSnippets(place.replace));
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
      return textsOf(terminal).flatMap((word) => wordEntries(word, place));
    case 'function':
    case 'metrics function':
      return textsOf(terminal).map((name) => functionEntry(name, place));
    case 'operator':
      // Operators are worth a list only where nothing is being typed.
      if (place.typed !== '') return [];
      return textsOf(terminal).map((label) => ({
        label,
        kind: 'operator',
        ...docOf(label, OPERATOR_DOCS),
        replace,
        rank: RANK.rare,
      }));
    case 'field':
      return [...boundFieldEntries(place, analysis, path, catalogue), ...fieldEntries(place, catalogue)];
    case 'bound field':
      return boundFieldEntries(place, analysis, path, catalogue);
    case 'pattern name':
      return patternEntries(place, analysis, path);
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
        label: /^[A-Za-z_][\w-]*$/u.test(text) ? text : JSON.stringify(text),
        kind: 'value',
        detail: 'service',
        replace,
        rank: RANK.exact + n / 1000,
      }));
    case 'literal':
      return literalEntries(place, catalogue);
    case 'string':
      return isSpanNamePlace(place) ? textEntries(catalogue.spanNames, 'span name', replace) : [];
    case 'new name':
    case 'hint name':
    case 'number':
    case 'duration':
    case 'punctuation':
      return [];
  }
}

function textsOf({ text, texts }: Terminal): readonly string[] {
  return texts ?? (text === undefined ? [] : [text]);
}

const PHRASES: readonly string[] = [...Object.keys(RELATIONS), 'at least', 'list from'];

/** A word that begins phrases is offered as the whole of each. */
function phrasesOf(word: string): readonly string[] {
  const phrases = PHRASES.filter((phrase) => phrase.startsWith(`${word} `));
  return phrases.length === 0 ? [word] : phrases;
}

/** What a test may expect in two words. */
const EXPECTATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['not', ['not applicable']],
  ['cannot', ['cannot tell']],
]);

function wordEntries(word: string, { replace, expected }: CompletionPlace): readonly CompletionEntry[] {
  const labels = expected.part === 'test' ? (EXPECTATIONS.get(word) ?? [word]) : phrasesOf(word);
  return labels.map((label) => ({
    label,
    kind: 'keyword',
    ...docOf(label, WORD_DOCS),
    replace,
    rank: RANK.keyword,
  }));
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

function patternEntries(
  { replace }: CompletionPlace,
  analysis: Analysis,
  path: string,
): readonly CompletionEntry[] {
  const lets = [...(analysis.workspace.scopes.get(path)?.lets ?? [])].map(
    ([label, { path: from, item }]): CompletionEntry => ({
      label,
      kind: 'pattern',
      detail: from === path ? 'let' : `let, from ${from.slice(from.lastIndexOf('/') + 1)}`,
      documentation: codeBlock(item.parameters === undefined ? printPipeline(item.value) : printLet(item)),
      ...(item.parameters === undefined ? {} : { insert: `${label}($1)`, snippet: true, again: true }),
      replace,
      rank: RANK.pattern,
    }),
  );
  return [...boundNames(analysis, path, replace.start).map((label) => boundEntry(label, replace)), ...lets];
}

function listEntries(
  { replace }: CompletionPlace,
  analysis: Analysis,
  path: string,
): readonly CompletionEntry[] {
  return [...(analysis.workspace.scopes.get(path)?.lists ?? [])].map(
    ([label, { path: from, item }]): CompletionEntry => ({
      label,
      kind: 'pattern',
      detail: from === path ? 'list' : `list, from ${from.slice(from.lastIndexOf('/') + 1)}`,
      documentation: codeBlock(printLet(item)),
      replace,
      rank: RANK.pattern,
    }),
  );
}

/** Those of the let that is being written. */
function parameterEntries({ text, replace }: CompletionPlace): readonly CompletionEntry[] {
  const { tokens } = lex(text.slice(0, replace.start));
  const item = splitItems(tokens).at(-1);
  return (item?.kind === 'let' ? parametersOf(item.tokens) : []).map(({ text: label }) => ({
    label,
    kind: 'bound span',
    detail: 'parameter',
    replace,
    rank: RANK.bound,
  }));
}

function boundEntry(label: string, replace: CompletionEntry['replace']): CompletionEntry {
  return { label, kind: 'bound span', detail: 'bound span', replace, rank: RANK.bound };
}

/** `c.` for every bound span in reach, or its fields once the dot is there. */
function boundFieldEntries(
  place: CompletionPlace,
  analysis: Analysis,
  path: string,
  catalogue: TraceCatalogue,
): readonly CompletionEntry[] {
  const names = boundNames(analysis, path, place.replace.start);
  const dot = place.typed.indexOf('.');
  if (dot > 0 && names.includes(place.typed.slice(0, dot))) return fieldEntries(place, catalogue);
  return names.map((name) => ({ ...boundEntry(`${name}.`, place.replace), again: true }));
}

/** The spans bound in the rule around an offset, as far as it can be read. */
function boundNames(analysis: Analysis, path: string, offset: number): readonly string[] {
  const query = analysis.queryOf(path);
  if (query?.kind === 'rule') return bindingsOf(asRule(query));
  const file = analysis.syntaxOf(path)?.file;
  const rule = file?.items.findLast((item) => item.range.start <= offset);
  return rule?.kind === 'rule' ? bindingsOf(rule) : [];
}

function ruleIdEntries({ replace }: CompletionPlace, analysis: Analysis): readonly CompletionEntry[] {
  const files = [...analysis.workspace.files.values()];
  return files.flatMap(({ path, file }) =>
    file.items.flatMap((item) =>
      isRuleItem(item)
        ? [
            {
              label: item.id.text,
              kind: 'rule' as const,
              detail: path.slice(path.lastIndexOf('/') + 1),
              replace,
              rank: RANK.exact,
            },
          ]
        : [],
    ),
  );
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
