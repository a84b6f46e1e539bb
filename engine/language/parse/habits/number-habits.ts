import { unitOf } from '../../text/lexer-problems.js';
import type { Token } from '../../text/tokens.js';
import { durationValue } from '../../tree/literals.js';
import { type Habit, type StuckPlace, sourceOf } from './habit.js';

/** Numbers, and what is joined to them, as written elsewhere. */
export function numberHabit(place: StuckPlace): Habit | undefined {
  return thousands(place) ?? unitWord(place) ?? percent(place) ?? range(place);
}

/** `1,000,000`, whose groups are of three digits. */
function thousands({ tokens, index }: StuckPlace): Habit | undefined {
  const first = tokens[index - 1];
  if (tokens[index]?.text !== ',' || first === undefined || !/^\d{1,3}$/u.test(first.text)) return undefined;
  let end = index;
  while (isGroup(tokens, end)) end += 2;
  if (end === index) return undefined;
  const written = sourceOf(tokens.slice(index - 1, end));
  const text = written.replaceAll(',', '');
  return { from: index - 1, to: end, text, message: `numbers have no \`,\`: \`${text}\``, code: 'BT1006' };
}

function isGroup(tokens: readonly Token[], comma: number): boolean {
  const [before, mark, digits] = tokens.slice(comma - 1, comma + 2);
  return (
    mark?.text === ',' &&
    digits !== undefined &&
    /^\d{3}$/u.test(digits.text) &&
    before?.end === mark.start &&
    mark.end === digits.start
  );
}

/** `5 seconds`, seen at the number where only a duration fits, else at the word. */
function unitWord({ tokens, index }: StuckPlace): Habit | undefined {
  const position = isNumber(tokens[index]) ? index : index - 1;
  const [number, word] = [tokens[position], tokens[position + 1]];
  const unit = unitOf(word?.text ?? '');
  if (!isNumber(number) || unit === undefined) return undefined;
  const text = `${number?.text}${unit}`;
  if (durationValue(text) === undefined) return undefined;
  const message = `no space may come between \`${number?.text}\` and its unit: \`${text}\``;
  return { from: position, to: position + 2, text, message, code: 'BT1006' };
}

function isNumber(token: Token | undefined): boolean {
  return token?.kind === 'int' || token?.kind === 'float';
}

/** `5%` at the end of a comparison. */
function percent({ tokens, index }: StuckPlace): Habit | undefined {
  const position = tokens[index]?.text === '%' ? index : index - 1;
  const number = tokens[position - 1];
  const next = tokens[position + 1];
  const ends = next === undefined || /^(?:&&|\|\||and|or|[)}|,])$/u.test(next.text);
  if (tokens[position]?.text !== '%' || number === undefined || !isNumber(number) || !ends) return undefined;
  if (number.end !== tokens[position]?.start) return undefined;
  const text = String(Number(number.text) / 100);
  return {
    from: position - 1,
    to: position + 1,
    text,
    message: `a share is written as a number: \`${text}\``,
    code: 'BT1006',
  };
}

/** `0ms-5ms` in a test. */
function range({ part, tokens, index }: StuckPlace): Habit | undefined {
  const [from, dash, to] = tokens.slice(index - 1, index + 2);
  const isTime = (token: Token | undefined): boolean => token?.kind === 'duration' || token?.kind === 'int';
  if (part !== 'test' || (dash?.text !== '-' && plainTo(dash) !== 'to') || !isTime(from) || !isTime(to))
    return undefined;
  const message = `a range is written with two dots: \`${from?.text}..${to?.text}\``;
  return { from: index, to: index + 1, text: '..', message, code: 'BT1011' };
}

function plainTo(token: Token | undefined): string {
  return token?.text.toLowerCase() ?? '';
}
