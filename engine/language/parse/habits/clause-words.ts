import { type Diagnostic, replaceFix } from '../../problems/diagnostic.js';
import { syntaxError } from '../../problems/syntax-diagnostic.js';
import { Brackets } from '../../text/brackets.js';
import type { Token } from '../../text/tokens.js';
import type { ClauseKeyword } from '../../tree/ast.js';
import { plain, sourceOf } from './habit.js';

/** What begins a clause elsewhere. */
const WORDS: ReadonlyMap<string, ClauseKeyword> = new Map([
  ...words('when', 'if given whenever foreach'),
  ...words(
    'always',
    'must shall should require requires ensure ensures assert expect expects eventually implies',
  ),
  ...words('never', 'forbid forbids deny prohibit mustnot shouldnot cannot'),
]);

function words(keyword: ClauseKeyword, list: string): readonly (readonly [string, ClauseKeyword])[] {
  return list.split(' ').map((word) => [word, keyword] as const);
}

/**
 * The tokens of a rule with words that begin a clause elsewhere read as those that do here: `if { … } then { … }`,
 * `must not { … }`. Before a brace no name can be, so no valid rule has them.
 *
 * @param start where the body begins
 */
export function withClauseWords(
  tokens: readonly Token[],
  start: number,
): { readonly tokens: readonly Token[]; readonly found: readonly Diagnostic[] } {
  const found: Diagnostic[] = [];
  const read = tokens.slice(0, start);
  const brackets = new Brackets();
  let isConditional = false;
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    brackets.push(token);
    const isNegated = tokens[index + 1]?.text === 'not';
    const opens = tokens[isNegated ? index + 2 : index + 1]?.text === '{';
    const isThen: boolean = isConditional && token.text === 'then';
    const keyword: ClauseKeyword | undefined = isThen
      ? 'always'
      : token.kind === 'name'
        ? WORDS.get(plain(token))
        : undefined;
    if (brackets.depth > 0 || !opens || keyword === undefined || (isNegated && keyword !== 'always')) {
      read.push(token);
      continue;
    }
    const meant: ClauseKeyword = isNegated ? 'never' : keyword;
    const last = isNegated ? (tokens[index + 1] as Token) : token;
    const range = { start: token.start, end: last.end };
    const written = sourceOf(tokens.slice(index, isNegated ? index + 2 : index + 1));
    found.push(
      syntaxError('BT1012', range, `\`${written}\` begins no clause: it is written \`${meant}\``, [
        replaceFix(`Write ${meant}`, range, meant),
      ]),
    );
    read.push({ kind: 'keyword', text: meant, ...range });
    isConditional = meant === 'when';
    if (isNegated) index++;
  }
  return found.length === 0 ? { tokens, found } : { tokens: read, found };
}
