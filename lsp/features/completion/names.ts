import { asRule } from '../../../engine/language/check/queries/check-query.js';
import { splitItems } from '../../../engine/language/parse/parse-items.js';
import { parametersOf } from '../../../engine/language/parse/parse-parameters.js';
import { printLet, printPipeline } from '../../../engine/language/print/print.js';
import { bindingsOf, usePathTo } from '../../../engine/language/scope/scope.js';
import { useEdit } from '../../../engine/language/scope/use-edit.js';
import { lex } from '../../../engine/language/text/lexer.js';
import type { LetItem } from '../../../engine/language/tree/ast.js';
import { isRuleItem } from '../../../engine/language/tree/rule-item.js';
import { codeBlock } from '../../docs/markdown.js';
import type { Analysis } from '../../workspace/analysis.js';
import { type CompletionEntry, RANK } from './entry.js';
import type { CompletionPlace } from './place.js';

/** Bound spans and patterns by name: those in reach, then those that other files export, with the `use` that they need. */
export function patternEntries(
  place: CompletionPlace,
  analysis: Analysis,
  path: string,
): readonly CompletionEntry[] {
  const { replace } = place;
  const own = nameBeingDefined(place);
  const lets = [...(analysis.workspace.scopes.get(path)?.lets ?? [])].filter(([label]) => label !== own);
  return [
    ...boundNames(analysis, path, place).map((label) => boundEntry(label, replace)),
    ...lets.map(([label, { path: from, item }]) =>
      letEntry(label, item, replace, from === path ? 'let' : `let, from ${fileName(from)}`, RANK.pattern),
    ),
    ...importEntries(place, analysis, path, new Set([...lets.map(([label]) => label), own])),
  ];
}

function importEntries(
  { replace }: CompletionPlace,
  analysis: Analysis,
  path: string,
  known: ReadonlySet<string | undefined>,
): readonly CompletionEntry[] {
  const here = analysis.syntaxOf(path)?.file;
  if (here === undefined || path.includes('#')) return [];
  return analysis.paths
    .filter((other) => other !== path && other.endsWith('.betrace'))
    .sort((a, b) => stepsTo(path, a) - stepsTo(path, b))
    .flatMap((other) =>
      (analysis.syntaxOf(other)?.file.items ?? []).flatMap((item): readonly CompletionEntry[] => {
        if (item.kind !== 'let' || !item.exported || item.name.text === '' || known.has(item.name.text))
          return [];
        const { edits, written } = useEdit(path, other, here.items);
        const detail = `let, adds use "${written}"`;
        return [{ ...letEntry(item.name.text, item, replace, detail, RANK.keyword), also: edits }];
      }),
    );
}

/** How far away a file is: of two with one name, the nearer is meant. */
function stepsTo(path: string, other: string): number {
  return usePathTo(path, other).split('/').length;
}

function letEntry(
  label: string,
  item: LetItem,
  replace: CompletionEntry['replace'],
  detail: string,
  rank: number,
): CompletionEntry {
  return {
    label,
    kind: 'pattern',
    detail,
    documentation: codeBlock(item.parameters === undefined ? printPipeline(item.value) : printLet(item)),
    ...(item.parameters === undefined ? {} : { insert: `${label}($1)`, snippet: true, again: true }),
    replace,
    rank,
  };
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A let cannot use itself. */
function nameBeingDefined({ expected: { part, before } }: CompletionPlace): string | undefined {
  return part === 'let' ? before[before[0]?.text === 'export' ? 2 : 1]?.text : undefined;
}

export function listEntries(
  { replace }: CompletionPlace,
  analysis: Analysis,
  path: string,
): readonly CompletionEntry[] {
  return [...(analysis.workspace.scopes.get(path)?.lists ?? [])].map(
    ([label, { path: from, item }]): CompletionEntry => ({
      label,
      kind: 'pattern',
      detail: from === path ? 'list' : `list, from ${fileName(from)}`,
      documentation: codeBlock(printLet(item)),
      replace,
      rank: RANK.pattern,
    }),
  );
}

/** Those of the let that is being written. */
export function parameterEntries({ text, replace }: CompletionPlace): readonly CompletionEntry[] {
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

export function boundEntry(label: string, replace: CompletionEntry['replace']): CompletionEntry {
  return { label, kind: 'bound span', detail: 'bound span', replace, rank: RANK.bound };
}

/** The spans bound in the rule around a place, as far as it can be read; in `when` those bound before it. */
export function boundNames(analysis: Analysis, path: string, place: CompletionPlace): readonly string[] {
  const names = boundAnywhere(analysis, path, place.replace.start);
  const { before } = place.expected;
  if (before[0]?.text !== 'when') return names;
  return names.filter((name) =>
    before.some(({ text }, position) => text === name && before[position - 1]?.text === 'as'),
  );
}

function boundAnywhere(analysis: Analysis, path: string, offset: number): readonly string[] {
  const query = analysis.queryOf(path);
  if (query?.kind === 'rule') return bindingsOf(asRule(query));
  const rule = analysis.syntaxOf(path)?.file.items.findLast((item) => item.range.start <= offset);
  return rule?.kind === 'rule' ? bindingsOf(rule) : [];
}

/** Rules that there are, where one is named; the id of a new one has no rule yet. */
export function ruleIdEntries(
  { replace, expected }: CompletionPlace,
  analysis: Analysis,
): readonly CompletionEntry[] {
  if (expected.part === 'rule head') return [];
  const files = [...analysis.workspace.files.values()];
  return files.flatMap(({ path, file }) =>
    file.items.flatMap((item): readonly CompletionEntry[] =>
      isRuleItem(item) && item.id.text !== ''
        ? [{ label: item.id.text, kind: 'rule', detail: fileName(path), replace, rank: RANK.exact }]
        : [],
    ),
  );
}
