import type { Literal, Name, Range } from './ast.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { nameOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { op, word } from './grammar-terminals.js';

/** `most_recent = true` in TraceQL's `with (…)`. Hints do not change what a query means, so rules have none. */
export interface Hint {
  readonly name: Name;
  readonly value: Literal;
  readonly range: Range;
}

export function addHints(
  g: GrammarBuilder,
  signedLiteral: Nonterminal<Literal>,
): Nonterminal<readonly Hint[]> {
  const hint = g.nonterminal<Hint>('hint');
  const hints = g.nonterminal<readonly Hint[]>('hints');
  hint.add([t.HINT_NAME, op('='), signedLiteral], ([name, , value], range) => ({
    name: nameOf(name),
    value,
    range,
  }));
  const list = g.separated('hint list', hint, op(','));
  hints.add([], () => []);
  hints.add([hints, word('with'), op('('), list, op(')')], ([before, , , after]) => [
    ...before,
    ...itemsOf(after),
  ]);
  return hints;
}
