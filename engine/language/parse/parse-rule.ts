import type { PartName, PartResults } from '../grammar/grammar.js';
import { nameOf } from '../grammar/grammar-nodes.js';
import { printSetting } from '../print/print.js';
import { type Diagnostic, insertFix, replaceFix, type TextEdit } from '../problems/diagnostic.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { isWord, type Token } from '../text/tokens.js';
import type { Clause, RuleItem, Setting, WindowClause } from '../tree/ast.js';
import { commentAt } from './habits/foreign.js';
import { habitDiagnostic } from './habits/habit.js';
import { type ParsedPart, parsePart } from './parse-part.js';
import { isWindowRule, type RulePiece, type RuleText, ruleText } from './parse-rule-pieces.js';
import { foundText } from './recover-words.js';

export interface ParsedRule {
  readonly item?: RuleItem;
  readonly diagnostics: readonly Diagnostic[];
  /** The smallest number of parses among the pieces; 1 for a valid rule. */
  readonly parses: number;
}

export function parseRule(tokens: readonly Token[]): ParsedRule {
  const text = ruleText(tokens);
  const { pieces, close } = text;
  const last = tokens.at(-1) as Token;
  const [head, ...body] = pieces;
  const parsedHead = parsePart('rule head', head?.tokens ?? [], nextStart(pieces, 0, close) ?? last.end);
  const id = parsedHead.value;
  const parsed = parseBody(body, close?.start ?? last.end, head?.tokens.at(-1));
  const notOpened = text.isOpened ? undefined : bracesMissing(text, last);
  const words = text.isOpened ? wordsInHead(head?.tokens ?? []) : undefined;
  const mended = notOpened ?? words;
  const headDiagnostics = mended === undefined ? parsedHead.diagnostics : [mended];
  const diagnostics = [...text.diagnostics, ...headDiagnostics, ...parsed.diagnostics];
  if (close === undefined && text.isOpened) diagnostics.push(notClosed(id, last));
  if (id === undefined) return { diagnostics, parses: 0 };
  const first = tokens[0] as Token;
  const range = { start: first.start, end: (close ?? last).end };
  return {
    item: { ...parsed.body, id: nameOf(id), range },
    diagnostics,
    parses: parsedHead.parses === 1 ? parsed.parses : parsedHead.parses,
  };
}

export type RuleBody =
  | { readonly kind: 'rule'; readonly settings: readonly Setting[]; readonly clauses: readonly Clause[] }
  | {
      readonly kind: 'over rule';
      readonly settings: readonly Setting[];
      readonly clauses: readonly WindowClause[];
    };

export interface ParsedBody {
  readonly body: RuleBody;
  readonly diagnostics: readonly Diagnostic[];
  /** The smallest number of parses among the pieces; 1 for a valid body. */
  readonly parses: number;
}

/**
 * Parses the pieces between the braces of a rule.
 *
 * @param end where the body ends
 * @param brace the opening brace, behind which a setting that came too late can be moved
 */
export function parseBody(pieces: readonly RulePiece[], end: number, brace: Token | undefined): ParsedBody {
  const diagnostics: Diagnostic[] = [];
  const settings: Setting[] = [];
  const clauses: Clause[] = [];
  const windowClauses: WindowClause[] = [];
  const isOver = isWindowRule(pieces);
  let parses = 1;
  const take = <P extends PartName>(part: ParsedPart<P>): PartResults[P] | undefined => {
    diagnostics.push(...part.diagnostics);
    if (part.parses !== 1) parses = part.parses;
    return part.value;
  };
  pieces.forEach((piece, index) => {
    const pieceEnd = nextStart(pieces, index, undefined) ?? end;
    switch (piece.kind) {
      case 'setting': {
        const setting = take(parsePart('setting', piece.tokens, pieceEnd));
        if (setting === undefined) break;
        settings.push(setting);
        if (clauses.length > 0 || windowClauses.length > 0) diagnostics.push(lateSetting(setting, brace));
        break;
      }
      case 'clause': {
        if (isOver) {
          const clause = take(parsePart('over clause', piece.tokens, pieceEnd));
          if (clause !== undefined) windowClauses.push(clause);
        } else {
          const clause = take(parsePart('clause', piece.tokens, pieceEnd));
          if (clause !== undefined) clauses.push(clause);
        }
        break;
      }
      case 'head':
      case 'unknown':
        parses = 0;
        diagnostics.push(unknownPiece(piece.tokens));
        break;
    }
  });
  const body: RuleBody = isOver
    ? { kind: 'over rule', settings, clauses: windowClauses }
    : { kind: 'rule', settings, clauses };
  return { body, diagnostics, parses };
}

function nextStart(
  pieces: readonly RulePiece[],
  index: number,
  close: Token | undefined,
): number | undefined {
  return (pieces[index + 1]?.tokens[0] ?? close)?.start;
}

function notClosed(id: Token | undefined, last: Token): Diagnostic {
  const name = id === undefined || id.text === '' ? 'the rule' : `rule \`${id.text}\``;
  return syntaxError('BT1014', last, `missing \`}\` at the end of ${name}`, [
    insertFix('Insert }', last.end, '\n}'),
  ]);
}

/** For a rule with an id and a body, but no brace between them: whatever else is there is in its place. */
function bracesMissing({ pieces, close }: RuleText, last: Token): Diagnostic | undefined {
  const [head, body] = pieces;
  const [, id, ...others] = head?.tokens ?? [];
  const first = body?.tokens[0];
  if (id === undefined || first === undefined) return undefined;
  const range = { start: id.end, end: others.at(-1)?.end ?? id.end };
  const edits: readonly TextEdit[] = [
    { range, newText: ' {' },
    ...(close === undefined ? [{ range: { start: last.end, end: last.end }, newText: '\n}' }] : []),
  ];
  const found = others[0] ?? first;
  return syntaxError('BT1002', found, `expected \`{\` behind the id of the rule, found ${foundText(found)}`, [
    { title: 'Put the rule in braces', edits },
  ]);
}

/** `rule my rule {`: an id of several words. */
function wordsInHead(head: readonly Token[]): Diagnostic | undefined {
  const words = head.slice(1, -1);
  const [first] = words;
  if (first === undefined || words.length < 2 || !words.every(isWord)) return undefined;
  const id = words.map(({ text }) => text).join('-');
  const range = { start: first.start, end: words.at(-1)?.end ?? first.end };
  return syntaxError('BT1022', range, `a rule id is one word: \`${id}\``, [
    replaceFix(`Write ${id}`, range, id),
  ]);
}

function lateSetting(setting: Setting, brace: Token | undefined): Diagnostic {
  const message = `the setting \`${setting.name.text}\` belongs before the clauses of its rule`;
  if (brace === undefined) return syntaxError('BT1020', setting.range, message);
  const edits: readonly TextEdit[] = [
    { range: { start: brace.end, end: brace.end }, newText: `\n  ${printSetting(setting)}` },
    { range: setting.range, newText: '' },
  ];
  return syntaxError('BT1020', setting.range, message, [{ title: 'Move it to the top of the rule', edits }]);
}

function unknownPiece(tokens: readonly Token[]): Diagnostic {
  const first = tokens[0] as Token;
  const comment = commentAt(tokens, 0);
  if (comment !== undefined) return habitDiagnostic(tokens, comment);
  return syntaxError(
    'BT1001',
    first,
    `expected a setting, \`when\`, \`always\`, \`never\` or \`}\`, found ${foundText(first)}`,
  );
}
