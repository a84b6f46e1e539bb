import { filledIn } from '../../engine/language/check/names/arguments.js';
import { printLet } from '../../engine/language/print/print.js';
import { printLiteral, printPattern, printPipeline } from '../../engine/language/print/print-expression.js';
import { printField } from '../../engine/language/print/print-field.js';
import type { ListDefinition } from '../../engine/language/scope/scope.js';
import { lex } from '../../engine/language/text/lexer.js';
import type { Token } from '../../engine/language/text/tokens.js';
import type { CaseRuleItem, Intrinsic, Range } from '../../engine/language/tree/ast.js';
import { fieldOfToken, intrinsicField } from '../../engine/language/tree/fields.js';
import { intrinsicInfo } from '../../engine/language/tree/intrinsics.js';
import { patternsOf } from '../../engine/language/tree/walk.js';
import { settingNamed } from '../../engine/language/words/settings.js';
import { findAttribute, type TraceCatalogue } from '../catalogue/catalogue.js';
import { attributeMarkdown, valuesMarkdown } from '../docs/attribute-docs.js';
import { codeBlock, exampleMarkdown, inlineCode, wordMarkdown } from '../docs/markdown.js';
import { OPERATOR_DOCS } from '../docs/operator-docs.js';
import { WORD_DOCS } from '../docs/word-docs.js';
import type { LanguageSymbol, Occurrence } from '../symbols/symbol.js';
import type { Analysis } from '../workspace/analysis.js';
import { type RuleFacts, ruleMarkdown } from './rule-hover.js';

export interface Hover {
  readonly range: Range;
  /** Markdown. */
  readonly contents: string;
}

/** What is known of the word at an offset. */
export function hoverAt(
  analysis: Analysis,
  path: string,
  text: string,
  offset: number,
  facts: RuleFacts,
): Hover | undefined {
  const { catalogue } = facts;
  const occurrence = analysis.occurrenceAt(path, offset);
  const { tokens } = lex(text);
  const position = tokens.findIndex((token) => token.start <= offset && offset < token.end);
  const token = tokens[position] ?? tokens.find((token) => token.end === offset);
  if (occurrence !== undefined && !(token?.kind === 'bound' && offset > occurrence.range.end)) {
    const contents =
      filledInMarkdown(analysis, path, occurrence) ?? symbolMarkdown(occurrence.symbol, analysis, facts);
    if (contents !== undefined) return { range: occurrence.range, contents };
  }
  if (token === undefined) return undefined;
  const contents = tokenMarkdown(token, tokens, tokens.indexOf(token), catalogue);
  return contents === undefined ? undefined : { range: { start: token.start, end: token.end }, contents };
}

function tokenMarkdown(
  token: Token,
  tokens: readonly Token[],
  position: number,
  catalogue: TraceCatalogue,
): string | undefined {
  switch (token.kind) {
    case 'field':
    case 'bound':
      return fieldMarkdown(fieldOfToken(token.text, token), catalogue);
    case 'intrinsic':
    case 'scoped': {
      const field = intrinsicField(token.text, token);
      return field?.kind === 'intrinsic' ? intrinsicMarkdown(field.name, catalogue) : undefined;
    }
    case 'keyword':
    case 'constant':
    case 'name': {
      const setting =
        token.kind === 'name' && tokens[position + 1]?.text === '=' ? settingNamed(token.text) : undefined;
      if (setting !== undefined) return `${inlineCode(token.text)}: ${setting.summary}`;
      return phraseMarkdown(tokens, position);
    }
    case 'op': {
      const doc = OPERATOR_DOCS.get(token.text);
      return doc === undefined ? undefined : wordMarkdown(token.text, doc);
    }
    case 'duration':
    case 'time':
    case 'parameter':
    case 'called':
    case 'string':
    case 'int':
    case 'float':
    case 'bad':
      return undefined;
  }
}

/** Also of phrases: `starts before` from either word. */
function phraseMarkdown(tokens: readonly Token[], position: number): string | undefined {
  const [before, here, after] = [
    tokens[position - 1]?.text,
    tokens[position]!.text,
    tokens[position + 1]?.text,
  ];
  for (const phrase of [`${here} ${after}`, `${before} ${here}`, here]) {
    const known = WORD_DOCS.get(phrase);
    if (known !== undefined) return wordMarkdown(phrase, known);
    const setting = settingNamed(phrase);
    if (setting !== undefined)
      return wordMarkdown(phrase, { syntax: `${phrase} …`, meaning: setting.summary });
  }
  return undefined;
}

function fieldMarkdown(field: ReturnType<typeof fieldOfToken>, catalogue: TraceCatalogue): string {
  const owner =
    field.bound !== undefined
      ? `Of the bound span ${inlineCode(field.bound.text)}${field.hop === 'self' ? '' : `'s ${field.hop}`}.\n\n`
      : field.hop === 'self'
        ? ''
        : `Of the span's ${field.hop}.\n\n`;
  if (field.kind === 'intrinsic') return owner + intrinsicMarkdown(field.name, catalogue);
  const known = findAttribute(catalogue, field.scope, field.key);
  if (known !== undefined) return owner + attributeMarkdown(known, catalogue);
  const where =
    field.scope === 'any'
      ? "the span's attribute, else the resource's"
      : `an attribute of scope ${field.scope}`;
  const seen = catalogue.spans === 0 ? '' : '\n\nNo stored span has it.';
  return `${owner}${inlineCode(printField(field))}: ${where}.${seen}`;
}

function intrinsicMarkdown(name: Intrinsic, catalogue: TraceCatalogue): string {
  const { type, words, documentation } = intrinsicInfo(name);
  const also = words.length === 0 ? '' : ` Also spelled ${words.map(inlineCode).join(', ')}.`;
  const values =
    name === 'span:name' || name === 'trace:rootName'
      ? valuesMarkdown(catalogue.spanNames, catalogue.spans)
      : name === 'trace:rootService'
        ? valuesMarkdown(catalogue.services, catalogue.spans)
        : '';
  const parts = [`${inlineCode(name)}: ${type}`, `${documentation}${also}`, ...exampleMarkdown(name)];
  return [...parts, ...(values === '' ? [] : [values])].join('\n\n');
}

function symbolMarkdown(symbol: LanguageSymbol, analysis: Analysis, facts: RuleFacts): string | undefined {
  switch (symbol.kind) {
    case 'let': {
      const scope = analysis.workspace.scopes.get(symbol.path);
      const definition = scope?.lets.get(symbol.name);
      if (definition !== undefined) return codeBlock(printLet(definition.item));
      const list = scope?.lists.get(symbol.name);
      return list === undefined ? undefined : listMarkdown(list);
    }
    case 'parameter':
      return `A parameter of ${inlineCode(symbol.of)}: what is given for it where the pattern is used.`;
    case 'bound': {
      const rule = ruleAt(analysis, symbol);
      if (rule === undefined) return undefined;
      for (const clause of rule.clauses)
        for (const { pattern } of patternsOf(clause.condition))
          if (pattern.as?.text === symbol.name)
            return `${codeBlock(printPattern(pattern))}\n\nThe rule is checked once for each span that this matches.`;
      return undefined;
    }
    case 'rule':
      return ruleMarkdown(symbol.id, analysis, facts);
    case 'unknown':
      return undefined;
  }
}

/** The pattern that `charge-over(1000)` is. */
function filledInMarkdown(
  analysis: Analysis,
  path: string,
  { symbol, given }: Occurrence,
): string | undefined {
  const definition =
    symbol.kind === 'let' && given !== undefined
      ? analysis.workspace.scopes.get(path)?.lets.get(symbol.name)
      : undefined;
  if (definition === undefined || given === undefined) return undefined;
  const filled = printPipeline(filledIn(definition, given));
  return `${codeBlock(filled)}\n\n${codeBlock(printLet(definition.item))}`;
}

const MOST_VALUES = 20;

function listMarkdown({ item, values }: ListDefinition): string {
  const head = codeBlock(printLet(item));
  if (values.kind === 'unread') return head;
  const shown = values.values.slice(0, MOST_VALUES).map(printLiteral).join(', ');
  const more = values.values.length > MOST_VALUES ? ', …' : '';
  return `${head}\n\n${values.values.length} values: ${inlineCode(`${shown}${more}`)}`;
}

/** The rule that binds a span, in a file or as a query. */
function ruleAt(
  analysis: Analysis,
  { path, at: position }: Extract<LanguageSymbol, { kind: 'bound' }>,
): Pick<CaseRuleItem, 'clauses'> | undefined {
  const query = analysis.queryOf(path);
  if (query?.kind === 'rule') return query;
  const item = analysis.syntaxOf(path)?.file.items.find(({ range }) => range.start === position);
  return item?.kind === 'rule' ? item : undefined;
}
