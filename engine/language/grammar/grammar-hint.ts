import type { Literal } from '../tree/ast.js';
import type { Hint } from '../tree/ast-query.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { nameOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { op, word } from './grammar-terminals.js';

/** Any number of `with (…)`, each with any number of hints. */
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
