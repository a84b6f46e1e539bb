import type { PartName, PartResults } from '../grammar/grammar.js';
import type { Terminal } from '../grammar/grammar-builder.js';
import * as t from '../grammar/grammar-terminals.js';
import { type Diagnostic, guesses, insertFix, replaceFix } from '../problems/diagnostic.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { Brackets } from '../text/brackets.js';
import type { Token } from '../text/tokens.js';
import type { Range } from '../tree/ast.js';
import type { PartParse } from './parse-chart.js';
import { knownMistake } from './recover-known.js';
import { unfinishedWindowClause } from './recover-metrics.js';
import { isCloser, likelihood, placeholder } from './recover-placeholder.js';
import type { Repair, Stuck } from './recover-stuck.js';
import { substitutes } from './recover-substitute.js';
import { endOf, expectedText, foundText } from './recover-words.js';

/** Finds a way past a token that does not fit: another token in its place, one or two more before it, or none. */
export function repair<P extends PartName>(parse: PartParse<P>, part: P, stuck: Stuck): Repair {
  const { token, next } = stuck;
  const expected = parse.expected();
  const known = knownMistake(part, expected, stuck);
  if (known !== undefined) return known;
  for (const { token: substitute, diagnostic } of substitutes(token, stuck.before.at(-1), expected)) {
    const run = next === undefined ? [substitute] : [substitute, next];
    if (parse.wouldAccept(run)) return { diagnostic, feed: [substitute], giveUp: false };
  }
  const inserted = insertion(parse, expected, stuck);
  if (inserted !== undefined) {
    const diagnostic = missingBefore(part, inserted, expected, stuck);
    return { diagnostic, feed: [...inserted.map(({ missing }) => missing), token], giveUp: false };
  }
  const diagnostic = unexpected(part, expected, stuck);
  const skip = next === undefined || parse.wouldAccept([next]);
  return { diagnostic, feed: [], giveUp: !skip };
}

interface Missing {
  readonly terminal: Terminal;
  readonly missing: Token;
}

/** Words and marks that are put in even where other things could be. */
const INSERTED: ReadonlySet<string> = new Set(['=', ',', '..', '}', ')', ']']);

function insertion<P extends PartName>(
  parse: PartParse<P>,
  expected: readonly Terminal[],
  stuck: Stuck,
): readonly Missing[] | undefined {
  const { token, next } = stuck;
  const runs = next === undefined ? [[token]] : [[token, next], [token]];
  const candidates = candidatesFor(expected, stuck);
  for (const run of runs) {
    for (const first of candidates) if (parse.wouldAccept([first.missing, ...run])) return [first];
  }
  for (const first of candidates.filter(
    ({ terminal }) => terminal.role !== 'operator' && terminal.text !== undefined,
  )) {
    for (const second of candidatesFor(parse.expectedAfter([first.missing]), stuck)) {
      if (parse.wouldAccept([first.missing, second.missing, token])) return [first, second];
    }
  }
  return undefined;
}

function candidatesFor(expected: readonly Terminal[], { token, ahead }: Stuck): readonly Missing[] {
  const comparedNext = ahead[0] !== undefined && t.COMPARISON.test(ahead[0]);
  const startsPattern = token.text === '{' || token.kind === 'name';
  const joint = comparedNext || startsPattern ? t.LOGIC_OPERATOR : t.COMPARISON;
  const fits = ({ role, text }: Terminal) => {
    if (role === 'operator' || role === 'keyword' || role === 'function') return expected.length <= 2;
    return role !== 'punctuation' || expected.length <= 2 || INSERTED.has(text ?? '');
  };
  const usual = expected.filter((terminal) => fits(terminal)).sort((a, b) => likelihood(a) - likelihood(b));
  const joints = expected.filter((terminal) => terminal === joint && !usual.includes(joint));
  return [...usual, ...joints]
    .map((terminal) => ({ terminal, missing: placeholder(terminal, token.start) }))
    .filter(({ terminal, missing }) => terminal.test(missing));
}

function missingBefore(
  part: PartName,
  inserted: readonly Missing[],
  expected: readonly Terminal[],
  stuck: Stuck,
): Diagnostic {
  const { token, before } = stuck;
  const found = foundText(token);
  const end = before.at(-1)?.end ?? token.start;
  const first = (inserted[0] as Missing).terminal;
  const insert = (text: string) => insertFix(`Insert ${text}`, end, text === ',' ? text : ` ${text}`);
  if (isCloser(first) && first.text !== undefined) {
    return syntaxError('BT1014', token, `missing ${first.label} before ${found}`, [insert(first.text)]);
  }
  if (first === t.LOGIC_OPERATOR) {
    const words = part === 'clause' || part === 'condition' ? ['and', '&&'] : ['&&'];
    const inFilter = expected.includes(t.NIL_COMPARISON);
    const message = inFilter
      ? `missing \`&&\` or \`||\` before ${found}`
      : `missing ${words.map((word) => `\`${word}\``).join(', ')} or another operator before ${found}`;
    return syntaxError('BT1002', token, message, guesses((inFilter ? ['&&', '||'] : words).map(insert)));
  }
  if (first.text !== undefined && inserted.length === 1) {
    return syntaxError('BT1002', token, `missing ${first.label} before ${found}`, [insert(first.text)]);
  }
  return syntaxError('BT1002', token, `expected ${expectedText(expected)}, found ${found}`);
}

function unexpected(part: PartName, expected: readonly Terminal[], { token, before }: Stuck): Diagnostic {
  const remove = [replaceFix(`Remove ${token.text}`, token, '')];
  if (token.kind === 'op' && /^[)}\]]$/u.test(token.text)) {
    const brackets = new Brackets();
    for (const earlier of before) brackets.push(earlier);
    if (!brackets.has(token.text))
      return syntaxError('BT1015', token, `${foundText(token)} closes nothing`, remove);
  }
  const more = expected.length === 0 ? endOf(part) : expectedText(expected);
  return syntaxError(
    'BT1001',
    token,
    `expected ${more}, found ${foundText(token)}`,
    expected.length === 0 ? remove : [],
  );
}

/** The diagnostic for a part that ends too early. */
export function unfinished<P extends PartName>(
  parse: PartParse<P>,
  part: P,
  tokens: readonly Token[],
  end: number,
): Diagnostic {
  const expected = parse.expected();
  const last = tokens.at(-1);
  const range = last === undefined ? { start: end, end } : last;
  const closer = expected.find(isCloser);
  if (part === 'over clause' && expected.includes(t.op('|')) && closer === undefined)
    return unfinishedWindowClause(tokens, expected, range);
  const aggregate = last?.text === ')' && expected.includes(t.COMPARISON) && closer === undefined;
  if (aggregate) {
    return syntaxError('BT1024', range, 'an aggregate is compared with something, as in `count() > 2`', [
      ...guesses([insertFix('Compare with 0', last.end, ' > 0')]),
    ]);
  }
  if (closer?.text !== undefined && !expected.includes(t.FIELD)) {
    return syntaxError('BT1014', range, `missing ${closer.label} at ${endOf(part)}`, [
      insertFix(`Insert ${closer.text}`, range.end, closer.text === '}' ? ' }' : closer.text),
    ]);
  }
  return syntaxError('BT1002', range, `expected ${expectedText(expected)}, found ${endOf(part)}`);
}

const MOST_COMPLETIONS = 250;

/** Ends a parse with placeholders, so that a broken text still has a tree. */
export function completePart<P extends PartName>(
  parse: PartParse<P>,
  range: Range,
): { readonly value?: PartResults[P] } {
  for (let step = 0; step < MOST_COMPLETIONS; step++) {
    const [value] = parse.results();
    if (value !== undefined) return { value };
    const ranked = [...parse.expected()].sort((a, b) => completionRank(a) - completionRank(b));
    const terminal = ranked.find((candidate) => candidate.test(placeholder(candidate, range.end)));
    if (terminal === undefined) return {};
    parse.feed(placeholder(terminal, range.end));
  }
  return {};
}

/** Closing comes first, since everything else makes the text longer. */
function completionRank(terminal: Terminal): number {
  return isCloser(terminal) ? -1 : likelihood(terminal);
}
