import { type Diagnostic, replaceFix } from '../problems/diagnostic.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { lex } from '../text/lexer.js';
import type { Token } from '../text/tokens.js';
import type { Comment } from '../tree/ast.js';
import type { Query } from '../tree/ast-query.js';
import { CLAUSE_KEYWORDS } from '../words/words.js';
import { inOrder } from './in-order.js';
import { tooLarge } from './parse.js';
import { parsePart } from './parse-part.js';
import { parseBody } from './parse-rule.js';
import { bareBody } from './parse-rule-pieces.js';

export interface ParsedQuery {
  /** Absent only where nothing could be made of the text. */
  readonly query?: Query;
  /** In the order of the text; with any error among them the query means nothing yet. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads one query, which is the whole text: TraceQL (a search or metrics), `violations of <rule id>`, or the body of a
 * rule. Never throws; where something is missing the tree has a node with empty text, as in a file.
 */
export function parseQuery(text: string): ParsedQuery {
  const { query, diagnostics } = parseQueryCounted(text);
  return { ...(query === undefined ? {} : { query }), diagnostics };
}

/** As `parseQuery`, with the comments and the number of parses: 1 for every valid text. */
export function parseQueryCounted(
  text: string,
): ParsedQuery & { readonly comments: readonly Comment[]; readonly parses: number } {
  const large = tooLarge(text);
  if (large !== undefined) return { diagnostics: [large], comments: [], parses: 0 };
  const { tokens, comments, diagnostics } = lex(text);
  const parsed = parseTokens(tokens, text.length);
  return { ...parsed, comments, diagnostics: inOrder([...diagnostics, ...parsed.diagnostics]) };
}

/** What kind of query a text is, from its words alone, so that broken text has a kind too. */
export function queryKind(tokens: readonly Token[]): 'traceql' | 'violations' | 'rule' {
  const [first, second] = tokens;
  if (tokens.some(({ kind, text }) => kind === 'keyword' && CLAUSE_KEYWORDS.has(text))) return 'rule';
  // Nothing in TraceQL starts with `over`, or with a name and `=`: these are settings.
  if (first?.kind === 'keyword' && first.text === 'over') return 'rule';
  if (first?.kind === 'name' && second?.text === '=') return 'rule';
  const bare = second === undefined || (second.kind !== 'op' && second.text !== 'with');
  return first?.kind === 'name' && first.text === 'violations' && bare ? 'violations' : 'traceql';
}

function parseTokens(
  tokens: readonly Token[],
  end: number,
): { readonly query?: Query; readonly diagnostics: readonly Diagnostic[]; readonly parses: number } {
  const kind = queryKind(tokens);
  switch (kind) {
    case 'traceql':
    case 'violations': {
      const part = kind === 'traceql' ? 'query' : 'violations';
      const { value, diagnostics, parses } = parsePart<'query' | 'violations'>(part, tokens, end);
      return { ...(value === undefined ? {} : { query: value }), diagnostics, parses };
    }
    case 'rule':
      return parseRuleQuery(tokens, end);
  }
}

function parseRuleQuery(tokens: readonly Token[], end: number): ReturnType<typeof parseTokens> {
  const { pieces, close, diagnostics: found } = bareBody(tokens);
  const { body, diagnostics, parses } = parseBody(pieces.slice(1), end, undefined);
  const extra =
    close === undefined
      ? []
      : [syntaxError('BT1015', close, '`}` closes nothing', [replaceFix('Remove }', close, '')])];
  const range = { start: tokens[0]?.start ?? end, end: tokens.at(-1)?.end ?? end };
  return {
    query: { ...body, range },
    diagnostics: [...found, ...diagnostics, ...extra],
    parses: extra.length > 0 || found.length > 0 ? 0 : parses,
  };
}
