import { type Diagnostic, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import type { Token } from '../text/tokens.js';
import type { Item } from '../tree/ast.js';
import { ITEM_KEYWORDS } from '../words/words.js';
import { commentAt } from './habits/foreign.js';
import { habitDiagnostic } from './habits/habit.js';
import { type ItemText, splitItems } from './parse-items.js';
import { parsePart } from './parse-part.js';
import { parseRule } from './parse-rule.js';
import { foundText } from './recover-words.js';

export interface ParsedItem {
  /** Absent where nothing could be made of the text. */
  readonly item?: Item;
  readonly diagnostics: readonly Diagnostic[];
  /** The smallest number of parses among the parts; 1 for a valid item. */
  readonly parses: number;
}

/** @param end where the text of the item ends, with what is between it and the next one */
export function parseItem({ kind, tokens }: ItemText, end: number): ParsedItem {
  switch (kind) {
    case 'rule':
      return parseRule(tokens);
    case 'let':
    case 'use':
    case 'test': {
      const { value, diagnostics, parses } = parsePart<'let' | 'use' | 'test'>(kind, tokens, end);
      return { ...(value === undefined ? {} : { item: value }), diagnostics, parses };
    }
    case 'unknown':
      return parseUnknown(tokens, end);
  }
}

/** Text outside any item: perhaps an item with a misspelt keyword. */
function parseUnknown(tokens: readonly Token[], end: number): ParsedItem {
  const first = tokens[0] as Token;
  const meant = first.kind === 'name' ? suggest(first.text, ITEM_KEYWORDS) : undefined;
  if (meant !== undefined && tokens.length > 1) {
    const message = `\`${first.text}\` is not known here: did you mean \`${meant}\`?`;
    const misspelt = syntaxError('BT1012', first, message, [replaceFix(`Write ${meant}`, first, meant)]);
    const [item, ...rest] = splitItems([{ ...first, kind: 'keyword', text: meant }, ...tokens.slice(1)]);
    if (item !== undefined && item.kind !== 'unknown') {
      const parsed = parseItem(item, rest[0]?.tokens[0]?.start ?? end);
      return { ...parsed, diagnostics: [misspelt, ...parsed.diagnostics], parses: 0 };
    }
  }
  if (first.kind === 'bad') return { diagnostics: [], parses: 0 };
  const comment = commentAt(tokens, 0);
  if (comment !== undefined) return { diagnostics: [habitDiagnostic(tokens, comment)], parses: 0 };
  const diagnostic =
    first.text === '}'
      ? syntaxError('BT1015', first, '`}` closes nothing', [replaceFix('Remove }', first, '')])
      : syntaxError(
          'BT1016',
          first,
          `expected \`rule\`, \`let\`, \`use\` or \`test\`, found ${foundText(first)}`,
        );
  return { diagnostics: [diagnostic], parses: 0 };
}
