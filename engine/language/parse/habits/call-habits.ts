import * as t from '../../grammar/grammar-terminals.js';
import { isWord, type Token } from '../../text/tokens.js';
import { intrinsicOfWord } from '../../tree/intrinsics.js';
import { quoteString } from '../../tree/literals.js';
import { metricsFunctionsTaking } from '../../words/metrics-words.js';
import { comparisonText, textComparison } from './comparisons.js';
import { argumentsOf, closing, type Habit, plain, type StuckPlace, sourceOf } from './habit.js';

/** Functions and methods of other languages in filters. */
export function callHabit(place: StuckPlace): Habit | undefined {
  return method(place) ?? functionCall(place) ?? withoutParentheses(place);
}

/** Functions of one value that ask whether it is there. */
const PRESENCE: ReadonlyMap<string, '=' | '!='> = new Map([
  ...['exists', 'has', 'isset', 'isnotnull', 'defined', 'ispresent', 'notnull'].map(
    (name) => [name, '!='] as const,
  ),
  ...['isnull', 'ismissing', 'isnil', 'notexists'].map((name) => [name, '='] as const),
]);

/** `contains(name, "a")`, `exists(span.a)`, where a value is expected. */
function functionCall({ tokens, index, expected }: StuckPlace): Habit | undefined {
  const token = tokens[index];
  if (token === undefined || !isWord({ ...token, kind: token.kind === 'called' ? 'name' : token.kind }))
    return undefined;
  if (tokens[index + 1]?.text !== '(' || !expected.includes(t.FIELD)) return undefined;
  const close = closing(tokens, index + 1);
  if (close < 0) return undefined;
  const given = argumentsOf(tokens, index + 1, close);
  const name = plain(token);
  const [first = [], second] = given;
  const presence = PRESENCE.get(name);
  if (given.length === 1 && presence !== undefined) {
    const text = `${sourceOf(first)} ${presence} nil`;
    return {
      from: index,
      to: close + 1,
      text,
      message: `whether a field is there is asked with \`${text}\``,
      code: 'BT1011',
    };
  }
  if (name === 'coalesce')
    return {
      from: index,
      to: close + 1,
      message:
        'there is no function `coalesce` here; ask for each field: `span.a = 1 || (span.a = nil && span.b = 1)`',
      code: 'BT1001',
    };
  const comparison = textComparison(name);
  if (comparison === undefined || given.length !== 2 || second === undefined) return undefined;
  const text = comparisonText(comparison, sourceOf(first), second, false);
  if (text === undefined) return undefined;
  return {
    from: index,
    to: close + 1,
    text,
    message: `\`${token.text}\` is no function here; it is written \`${text}\``,
    code: 'BT1011',
  };
}

/** What is written with nothing in its parentheses behind a `|`. */
const EMPTY_CALLS: ReadonlySet<string> = new Set(['count', ...metricsFunctionsTaking('nothing')]);

/** `A | count > 1`, `A | rate by (span.a)`: the parse is stuck one or two tokens behind the name, or at the end. */
function withoutParentheses({ tokens, index }: StuckPlace): Habit | undefined {
  const position = tokens.findLastIndex(({ text }, found) => found < index && text === '|') + 1;
  const name = tokens[position];
  if (position === 0 || index - position > 2 || name === undefined || !EMPTY_CALLS.has(name.text))
    return undefined;
  if (tokens[position + 1]?.text === '(') return undefined;
  const text = `${name.text}()`;
  const message = `\`${name.text}\` has parentheses: \`${text}\``;
  return { from: position, to: position + 1, text, message, code: 'BT1002' };
}

const LOWER: ReadonlySet<string> = new Set(['tolowercase', 'tolower', 'lower', 'lowercase']);
const LENGTH: ReadonlySet<string> = new Set(['length', 'size', 'len']);

/** `name.includes("a")`, `span.a.startsWith("a")`, `name.toLowerCase()`, `charge.where(amount > 3)`. */
function method({ tokens, index }: StuckPlace): Habit | undefined {
  const field = tokens[index - 1];
  if (tokens[index]?.text !== '(' || (field?.kind !== 'bound' && field?.kind !== 'field')) return undefined;
  const dot = field.text.lastIndexOf('.');
  const close = closing(tokens, index);
  if (dot <= 0 || close < 0) return undefined;
  const [operand, called] = [field.text.slice(0, dot), field.text.slice(dot + 1)];
  const given = argumentsOf(tokens, index, close);
  const name = called.toLowerCase().replaceAll('_', '');
  if (name === 'where' && given.length > 0)
    return older({
      from: index - 1,
      name: operand,
      given: tokens.slice(index + 1, close),
      to: close + 1,
    });
  if (!operand.includes('.') && intrinsicOfWord(operand) === undefined) return undefined;
  const comparison = textComparison(name);
  const text =
    given.length === 0 && LOWER.has(name)
      ? `lower(${operand})`
      : given.length === 0 && LENGTH.has(name)
        ? `length(${operand})`
        : comparison !== undefined && given.length === 1
          ? comparisonText(comparison, operand, given[0] ?? [], false)
          : undefined;
  if (text === undefined) return undefined;
  const message = `values have no methods; \`.${called}(…)\` is written \`${text}\``;
  return { from: index - 1, to: close + 1, text, message, code: 'BT1011' };
}

interface OlderFilter {
  readonly from: number;
  readonly to: number;
  /** Of the span. */
  readonly name: string;
  readonly given: readonly Token[];
}

/** `{ payment.charge.where(amount > 1000) }` of the older BeTrace. */
function older({ from, to, name, given }: OlderFilter): Habit {
  const scoped = given.map((token, index) => {
    const before = given[index - 1];
    const isValue = before !== undefined && t.COMPARISON.test(before);
    const isAttribute = (token.kind === 'name' && !isValue) || token.kind === 'bound';
    return isAttribute ? { ...token, text: `span.${token.text}` } : token;
  });
  const inner = sourceOf(scoped);
  const asked = scoped.some(({ text }) => text === '||' || text === 'or') ? `(${inner})` : inner;
  const text = `name = ${quoteString(name)} && ${asked}`;
  const message = `\`.where(…)\` is of the older BeTrace; here the name of the span is compared too: \`{ ${text} }\``;
  return { from, to, text, message, code: 'BT1011' };
}
