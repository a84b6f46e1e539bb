import type { PartName } from '../grammar/grammar.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import type { Token } from '../text/tokens.js';

export const MOST_CHARACTERS = 1024 * 1024;
const DEEPEST_BRACKETS = 200;
/** The tree of `a + b + c + …` is as deep as it has operators, and everything that walks it is recursive. */
const DEEPEST_TREE = 1500;

const OPENING: ReadonlySet<string> = new Set(['(', '{', '[']);
const CLOSING: ReadonlySet<string> = new Set([')', '}', ']']);

interface Level {
  /** Operators on this level since the last separator. */
  operators: number;
  /** The deepest bracket inside it. */
  inner: number;
}

/** A diagnostic where a part is nested so deep that its tree could overflow a stack. */
export function tooDeep(part: PartName, tokens: readonly Token[]): Diagnostic | undefined {
  const levels: Level[] = [{ operators: 0, inner: 0 }];
  for (const token of tokens) {
    const level = levels.at(-1) as Level;
    if (token.kind === 'op' && OPENING.has(token.text)) {
      levels.push({ operators: 0, inner: 0 });
      if (levels.length > DEEPEST_BRACKETS + 1) {
        return syntaxError('BT1019', token, `brackets are nested more than ${DEEPEST_BRACKETS} deep here`);
      }
    } else if (token.kind === 'op' && CLOSING.has(token.text)) {
      if (levels.length === 1) continue;
      levels.pop();
      const outer = levels.at(-1) as Level;
      outer.inner = Math.max(outer.inner, level.operators + level.inner + 1);
    } else if (token.text === ',') {
      level.inner = Math.max(level.inner, level.operators + level.inner);
      level.operators = 0;
    } else if (part !== 'test' && ((token.kind === 'op' && token.text !== '=') || token.kind === 'keyword')) {
      level.operators++;
    }
    const here = levels.at(-1) as Level;
    if (here.operators + here.inner > DEEPEST_TREE) {
      return syntaxError(
        'BT1019',
        token,
        `this expression is too long or too deep: more than ${DEEPEST_TREE} operators`,
      );
    }
  }
  return undefined;
}
