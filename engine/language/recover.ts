import type { Range } from './ast.js';
import type { Diagnostic, Fix } from './diagnostic.js';
import type { PartName, PartResults } from './grammar.js';
import type { Terminal } from './grammar-builder.js';
import * as t from './grammar-terminals.js';
import type { PartParse } from './parse-chart.js';
import { isCloser, likelihood, placeholder } from './recover-placeholder.js';
import { substitutes } from './recover-substitute.js';
import { endOf, expectedText, foundText } from './recover-words.js';
import { insertAt, replaceWith, syntaxError } from './syntax-diagnostic.js';
import type { Token } from './tokens.js';

export interface Stuck {
  /** The token that does not fit. */
  readonly token: Token;
  readonly previous: Token | undefined;
  readonly next: Token | undefined;
  readonly ahead: readonly Token[];
}

export interface Repair {
  readonly diagnostic: Diagnostic;
  /** What to feed in the place of the token. */
  readonly feed: readonly Token[];
  /** Nothing helps: the rest of the part cannot be read. */
  readonly giveUp: boolean;
}

const METRICS: ReadonlySet<string> = new Set([
  ...['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time'],
  ...['quantile_over_time', 'histogram_over_time', 'compare', 'topk', 'bottomk'],
]);

/** Finds a way past a token that does not fit: another token in its place, one more before it, or none. */
export function repair<P extends PartName>(parse: PartParse<P>, part: P, stuck: Stuck): Repair {
  const { token, next } = stuck;
  const expected = parse.expected();
  const known = knownMistake(expected, stuck);
  if (known !== undefined) return known;
  for (const { token: substitute, diagnostic } of substitutes(token, stuck.previous, expected)) {
    const run = next === undefined || next.kind === 'bad' ? [substitute] : [substitute, next];
    if (parse.wouldAccept(run)) return { diagnostic, feed: [substitute], giveUp: false };
  }
  const inserted = insertion(parse, expected, stuck);
  if (inserted !== undefined) {
    const { terminal, missing } = inserted;
    return { diagnostic: missingBefore(terminal, expected, stuck), feed: [missing, token], giveUp: false };
  }
  const diagnostic = unexpected(part, expected, stuck);
  const skip = next === undefined || parse.wouldAccept([next]);
  return { diagnostic, feed: [], giveUp: !skip };
}

/** Mistakes whose reason is known, so that the message can say more than what was expected. */
function knownMistake(expected: readonly Terminal[], { token, previous, ahead }: Stuck): Repair | undefined {
  if (previous?.text === '|' && METRICS.has(token.text)) {
    const message = `TraceQL metrics such as \`${token.text}\` are not supported yet; \`count(…)\` counts within one trace`;
    return { diagnostic: syntaxError('BT1017', token, message), feed: [], giveUp: true };
  }
  const unboundField = token.kind === 'field' || token.kind === 'intrinsic' || token.kind === 'scoped';
  if (unboundField && expected.includes(t.PATTERN_NAME)) {
    const message = `\`${token.text}\` needs a span to be read from: \`{ ${token.text} … }\`, or \`c.${token.text}\` of a bound span \`c\``;
    const last = ahead[1];
    const fixes: readonly Fix[] =
      ahead[0] !== undefined && last !== undefined && t.COMPARISON.test(ahead[0]) && t.LITERAL.test(last)
        ? [
            {
              title: 'Make it a filter',
              edits: [
                { range: { start: token.start, end: token.start }, newText: '{ ' },
                { range: { start: last.end, end: last.end }, newText: ' }' },
              ],
            },
          ]
        : [];
    return { diagnostic: syntaxError('BT1023', token, message, fixes), feed: [], giveUp: true };
  }
  if (token.kind === 'string' && previous?.kind === 'string' && !expected.includes(t.STRING)) {
    const message = 'two strings side by side; join them into one, or put an operator or a comma between';
    const fix = token.text.startsWith('"') && previous.text.startsWith('"');
    const joined = `${previous.text.slice(0, -1)}${token.text.slice(1)}`;
    const range = { start: previous.start, end: token.end };
    const fixes = fix ? [replaceWith('Join the strings', range, joined)] : [];
    return { diagnostic: syntaxError('BT1001', token, message, fixes), feed: [], giveUp: false };
  }
  return undefined;
}

function insertion<P extends PartName>(
  parse: PartParse<P>,
  expected: readonly Terminal[],
  { token, next, ahead }: Stuck,
): { readonly terminal: Terminal; readonly missing: Token } | undefined {
  const ranked = [...expected].sort((a, b) => likelihood(a) - likelihood(b));
  const comparedNext = ahead[0] !== undefined && t.COMPARISON.test(ahead[0]);
  const logic = ranked.filter((terminal) => terminal === t.LOGIC_OPERATOR);
  const comparison = ranked.filter((terminal) => terminal === t.COMPARISON);
  const candidates = new Set([
    ...ranked.filter(({ role }) => role !== 'operator'),
    ...(comparedNext ? logic : comparison),
    ...ranked,
  ]);
  for (const run of next === undefined || next.kind === 'bad' ? [[token]] : [[token, next], [token]]) {
    for (const terminal of candidates) {
      const missing = placeholder(terminal, token.start);
      if (terminal.test(missing) && parse.wouldAccept([missing, ...run])) return { terminal, missing };
    }
  }
  return undefined;
}

function missingBefore(
  terminal: Terminal,
  expected: readonly Terminal[],
  { token, previous }: Stuck,
): Diagnostic {
  const found = foundText(token);
  const at = previous?.end ?? token.start;
  if (isCloser(terminal)) {
    return syntaxError('BT1014', token, `missing ${terminal.label} before ${found}`, [
      insertAt(`Insert ${terminal.text}`, at, ` ${terminal.text}`),
    ]);
  }
  const text = terminal.text ?? (terminal === t.LOGIC_OPERATOR ? '&&' : undefined);
  const fixes = text === undefined ? [] : [insertAt(`Insert ${text}`, at, ` ${text}`)];
  const what =
    fixes.length === 1 && terminal.role !== 'operator' ? `missing ${terminal.label} before ${found}` : '';
  return syntaxError('BT1002', token, what || `expected ${expectedText(expected)}, found ${found}`, fixes);
}

function unexpected(part: PartName, expected: readonly Terminal[], { token }: Stuck): Diagnostic {
  const remove = [replaceWith(`Remove ${token.text}`, token, '')];
  if (token.kind === 'op' && /^[)}\]]$/u.test(token.text)) {
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
  const aggregate = last?.text === ')' && expected.includes(t.COMPARISON) && closer === undefined;
  if (aggregate) {
    return syntaxError('BT1024', range, 'an aggregate is compared with something, as in `count() > 2`', [
      insertAt('Compare with 0', last.end, ' > 0'),
    ]);
  }
  if (closer?.text !== undefined && !expected.includes(t.FIELD)) {
    return syntaxError('BT1014', range, `missing ${closer.label} at ${endOf(part)}`, [
      insertAt(`Insert ${closer.text}`, range.end, closer.text === '}' ? ' }' : closer.text),
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
