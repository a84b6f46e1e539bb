import type { Scopes } from '../../engine/language/scope/scope.js';
import type { Item, Pattern, Range } from '../../engine/language/tree/ast.js';
import { patternsOf } from '../../engine/language/tree/walk.js';
import type { MatchCount, MatchWindow } from '../catalogue/source.js';
import { inlineCode } from '../docs/markdown.js';
import type { KnownResults } from '../results/known-results.js';
import { minuteText } from './lenses.js';
import { questionOf } from './match-question.js';

/** Behind a pattern: how many spans it matched in the last replay of its rule. */
export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  /** Markdown: which spans they are. */
  readonly tooltip: string;
}

export interface InlayContext {
  readonly path: string;
  readonly scopes: Scopes;
  readonly results: KnownResults;
  /** Undefined: not known yet. */
  readonly matches: (query: string, window: MatchWindow) => readonly MatchCount[] | undefined;
}

/** Hints within a range. A pattern that reads bound spans matches other spans in each case, and has none. */
export function inlayHintsOf(
  items: readonly Item[],
  within: Range,
  context: InlayContext,
): readonly InlayHint[] {
  return items.flatMap((item) => {
    if (item.kind !== 'rule' || item.range.end < within.start || item.range.start > within.end) return [];
    const last = context.results.replayOf(item.id.text)?.found;
    if (last?.from == null || last.to == null) return [];
    const window = { from: last.from, to: last.to };
    return item.clauses
      .flatMap(({ condition }) => [...patternsOf(condition)])
      .flatMap(({ pattern }) => hintOf(pattern, window, context));
  });
}

function hintOf(
  pattern: Pattern,
  window: MatchWindow,
  { path, scopes, matches }: InlayContext,
): readonly InlayHint[] {
  const question = questionOf(pattern, path, scopes);
  if (question === undefined) return [];
  const found = matches(question.query, window);
  if (found === undefined) return [];
  return [{ offset: question.range.end, label: spansText(total(found)), tooltip: tooltipOf(found, window) }];
}

/** Of all names and services. */
export function total(found: readonly MatchCount[]): number {
  return found.reduce((sum, { count }) => sum + count, 0);
}

const MOST_LINES = 8;

function tooltipOf(found: readonly MatchCount[], { from, to }: MatchWindow): string {
  const sorted = found.toSorted((a, b) => b.count - a.count);
  const lines = sorted
    .slice(0, MOST_LINES)
    .map(({ name, service, count }) => `- ${inlineCode(name)} in ${inlineCode(service)}: ${number(count)}`);
  const more = sorted.length - lines.length;
  return [
    `${spansText(total(found))} from ${minuteText(from)} to ${minuteText(to)}, the time of the last replay`,
    '',
    ...lines,
    ...(more > 0 ? [`- and ${more} more names`] : []),
  ].join('\n');
}

function spansText(count: number): string {
  return count === 1 ? '1 span' : `${number(count)} spans`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}
