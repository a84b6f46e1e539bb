import type { PartName } from '../grammar/grammar.js';
import type { Terminal } from '../grammar/grammar-builder.js';
import * as t from '../grammar/grammar-terminals.js';
import type { Token } from '../text/tokens.js';
import { keywordsFor } from '../words/words.js';

/** How messages name a token that was found. */
export function foundText(token: Token): string {
  if (token.text.length <= 40)
    return token.text.includes('`') ? `the string ${token.text}` : `\`${token.text}\``;
  return `\`${token.text.slice(0, 37)}…\``;
}

const PART_NAMES: { readonly [P in PartName]: string } = {
  use: 'the `use`',
  let: 'the `let`',
  test: 'the test',
  'rule head': 'the rule',
  setting: 'the setting',
  clause: 'the clause',
  'over clause': 'the clause',
  condition: 'the condition',
  query: 'the query',
  violations: 'the query',
};

export function endOf(part: PartName): string {
  return `the end of ${PART_NAMES[part]}`;
}

const RELATES: ReadonlySet<string> = new Set(keywordsFor('relation', 'sequence'));
const SPANSET_STARTS: ReadonlySet<string> = new Set(['{', '(']);

/** Few lets have parameters, and nothing else has any; where a value can be, so can what is made of one. */
const UNTOLD: ReadonlySet<Terminal> = new Set([t.PARAMETER, t.TEXT_FUNCTION, t.TIME_FUNCTION]);

/** What could be at a place, in the words of a user: "a field, a literal or `(`". */
export function expectedText(terminals: readonly Terminal[]): string {
  return joined(expectedLabels(terminals));
}

function expectedLabels(terminals: readonly Terminal[]): readonly string[] {
  const has = (terminal: Terminal) => terminals.includes(terminal);
  const labels = new Set<string>();
  const operand = has(t.FIELD) || has(t.LITERAL) || has(t.PATTERN_NAME);
  const operators = terminals.filter(({ role }) => role === 'operator');
  const relations = terminals.filter(({ text }) => text !== undefined && RELATES.has(text));
  if (has(t.PATTERN_NAME)) labels.add('a pattern such as `{ name = "…" }`');
  for (const terminal of terminals) {
    const { role, label, text } = terminal;
    if (UNTOLD.has(terminal)) continue;
    if (has(t.PATTERN_NAME)) {
      // What may start a pattern, or a value that is compared, is many things: name them by what they are for.
      if (role === 'function' || terminal === t.PATTERN_NAME) continue;
      if (text !== undefined && SPANSET_STARTS.has(text)) continue;
      if (terminal === t.BOUND_FIELD || (terminal === t.LITERAL && has(t.BOUND_FIELD))) {
        labels.add('a value to compare');
        continue;
      }
      if (terminal === t.LITERAL) continue;
    }
    if (operand && (role === 'operator' || terminal === t.NIL)) continue;
    if (role === 'operator' && operators.length > 1) labels.add('an operator');
    else if (relations.length > 2 && relations.includes(terminal)) labels.add('a relation such as `before`');
    else if (role === 'metrics function' && has(t.word('rate')))
      labels.add('a metrics function such as `rate()`');
    else if (role === 'function') labels.add('an aggregate');
    else labels.add(label);
  }
  return [...labels];
}

function joined(labels: readonly string[]): string {
  const shown = labels.length > 8 ? [...labels.slice(0, 7), 'something else'] : labels;
  if (shown.length <= 1) return shown[0] ?? 'nothing more';
  return `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}
