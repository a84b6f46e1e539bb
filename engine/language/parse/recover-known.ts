import type { PartName } from '../grammar/grammar.js';
import type { Terminal } from '../grammar/grammar-builder.js';
import { fieldOf } from '../grammar/grammar-nodes.js';
import { SCALAR_FUNCTIONS } from '../grammar/grammar-scalar.js';
import * as t from '../grammar/grammar-terminals.js';
import { printField } from '../print/print-field.js';
import { type Diagnostic, guesses, insertFix, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { Brackets } from '../text/brackets.js';
import { isWord, type Token } from '../text/tokens.js';
import type { ValueFunction } from '../tree/ast.js';
import { durationValue } from '../tree/literals.js';
import { keywordsFor } from '../words/words.js';
import { metricsMistake } from './recover-metrics.js';
import { placeholder } from './recover-placeholder.js';
import type { Repair, Stuck } from './recover-stuck.js';

/** Mistakes whose reason is known, so that the message can say more than what was expected. */
export function knownMistake(
  part: PartName,
  expected: readonly Terminal[],
  stuck: Stuck,
): Repair | undefined {
  const { token, before } = stuck;
  const previous = before.at(-1);
  const metrics = metricsMistake(part, expected, stuck);
  if (metrics !== undefined) return metrics;
  if (token.text === 'coalesce' && expected.includes(t.PATTERN_NAME)) {
    const message =
      '`coalesce()` merges groups, so it cannot come first: put `| by(…)` before it, or leave it out';
    return { diagnostic: syntaxError('BT1001', token, message), feed: [], giveUp: true };
  }
  const unboundField = token.kind === 'field' || token.kind === 'intrinsic' || token.kind === 'scoped';
  if (unboundField && expected.includes(t.PATTERN_NAME)) {
    return { diagnostic: fieldOutside(stuck), feed: [], giveUp: true };
  }
  if (token.kind === 'string' && previous?.kind === 'string' && !expected.includes(t.STRING)) {
    const message = 'two strings side by side; join them into one, or put an operator or a comma between';
    const canJoin = token.text.startsWith('"') && previous.text.startsWith('"');
    const joined = `${previous.text.slice(0, -1)}${token.text.slice(1)}`;
    const range = { start: previous.start, end: token.end };
    const fixes = canJoin ? [replaceFix('Join the strings', range, joined)] : [];
    return { diagnostic: syntaxError('BT1001', token, message, fixes), feed: [], giveUp: false };
  }
  const dangling = (previous?.kind === 'field' || previous?.kind === 'bound') && previous.text.endsWith('.');
  if (dangling && isWord(token)) {
    const joined = `${previous.text}${token.text}`;
    const range = { start: previous.start, end: token.end };
    const fixes = [replaceFix(`Write ${joined}`, range, joined)];
    const diagnostic = syntaxError(
      'BT1007',
      token,
      `no space may come between \`${previous.text}\` and \`${token.text}\``,
      fixes,
    );
    return { diagnostic, feed: [], giveUp: false };
  }
  const unit = unitApart(expected, stuck) ?? unitMissing(expected, stuck);
  if (unit !== undefined) return unit;
  if (token.kind === 'keyword' && (BEHIND_PATTERN.has(token.text) || BOUNDS.has(token.text))) {
    const diagnostic = misplacedRelation(stuck);
    if (diagnostic !== undefined) return { diagnostic, feed: [], giveUp: true };
  }
  const narrowing = filterOperator(expected, stuck);
  if (narrowing !== undefined) return { diagnostic: narrowing, feed: [], giveUp: true };
  const inFilter = functionInFilter(expected, stuck);
  if (inFilter !== undefined) return { diagnostic: inFilter, feed: [], giveUp: true };
  const called = unknownFunction(part, stuck);
  if (called !== undefined) return { diagnostic: called, feed: [], giveUp: true };
  const counted = patternCompared(part, expected, stuck);
  if (counted !== undefined) return { diagnostic: counted, feed: [], giveUp: true };
  if (token.text === ')' && expected.includes(t.op(',')) && expected.includes(t.word('where'))) {
    const message =
      'missing a field: in a clause an aggregate takes a pattern and a field, as in `sum(A, span.amount)`';
    const diagnostic = syntaxError('BT1002', token, message);
    return {
      diagnostic,
      feed: [t.op(','), t.FIELD].map((terminal) => placeholder(terminal, token.start)).concat(token),
      giveUp: false,
    };
  }
  const expect = t.word('expect');
  if (part === 'test' && token.text === '}' && expected.includes(expect)) {
    const start = token.start;
    const diagnostic = syntaxError(
      'BT1002',
      token,
      'missing what the test expects, such as `expect violation`',
      guesses([
        insertFix('Insert expect violation', start, 'expect violation '),
        insertFix('Insert expect pass', start, 'expect pass '),
      ]),
    );
    return {
      diagnostic,
      feed: [placeholder(expect, start), placeholder(t.word('pass'), start), token],
      giveUp: false,
    };
  }
  return undefined;
}

const RELATES: ReadonlySet<string> = new Set(keywordsFor('relation', 'sequence'));
/** Words that follow a pattern. */
const BEHIND_PATTERN: ReadonlySet<string> = new Set(
  keywordsFor('relation', 'sequence', 'narrowing', 'binding'),
);

const isNumber = (token: Token | undefined): token is Token =>
  token?.kind === 'int' || token?.kind === 'float';
const isUnit = (token: Token | undefined): token is Token =>
  token !== undefined && isWord(token) && durationValue(`1${token.text}`) !== undefined;

/** `5 s`, seen at the number where only a duration fits, else at the unit. */
function unitApart(expected: readonly Terminal[], { token, before, next }: Stuck): Repair | undefined {
  const atUnit = isUnit(token) && isNumber(before.at(-1));
  const [number, unit] = atUnit ? [before.at(-1), token] : [token, next];
  if (!isNumber(number) || !isUnit(unit) || (!atUnit && !expected.includes(t.DURATION))) return undefined;
  const text = `${number.text}${unit.text}`;
  const range = { start: number.start, end: unit.end };
  const diagnostic = syntaxError(
    'BT1006',
    range,
    `no space may come between \`${number.text}\` and its unit`,
    [replaceFix(`Write ${text}`, range, text)],
  );
  return { diagnostic, feed: atUnit ? [] : [{ ...number, kind: 'duration', text }], giveUp: false };
}

/** `within 5`, or `within 5foo`, of which the lexer has said more. */
function unitMissing(expected: readonly Terminal[], { token }: Stuck): Repair | undefined {
  if (token.kind !== 'int' || !expected.includes(t.DURATION)) return undefined;
  const text = `${token.text}s`;
  const fixes = guesses([text, `${token.text}ms`].map((unit) => replaceFix(`Write ${unit}`, token, unit)));
  const message = `a duration has a unit: \`${text}\`, \`${token.text}ms\``;
  const read = durationValue(text) === undefined ? '0s' : text;
  return {
    diagnostic: syntaxError('BT1006', token, message, fixes),
    feed: [{ ...token, kind: 'duration', text: read }],
    giveUp: false,
  };
}

/** `c.name in ("a", "b")`: an operator of filters behind a field of a bound span. */
function filterOperator(
  expected: readonly Terminal[],
  { token, before, next }: Stuck,
): Diagnostic | undefined {
  const field = before.at(-1);
  const isOperator =
    token.text === 'in' ||
    token.text === 'contains' ||
    (token.text === 'not' && next?.text === 'in') ||
    (token.text === 'starts' && next?.text === 'with');
  if (field?.kind !== 'bound' || !isOperator || !expected.includes(t.COMPARISON)) return undefined;
  const { bound, ...own } = fieldOf(field);
  const text = `${bound?.text} where ${printField(own)}`;
  const operator =
    token.text === 'in' || token.text === 'contains' ? token.text : `${token.text} ${next?.text}`;
  return syntaxError('BT1001', token, `\`${operator}\` is for filters, as in \`${text} ${operator} …\``, [
    replaceFix(`Write ${text}`, field, text),
  ]);
}

/** What functions are called elsewhere. */
const FUNCTIONS_ELSEWHERE: ReadonlyMap<string, ValueFunction> = new Map([
  ['tolower', 'lower'],
  ['lowercase', 'lower'],
  ['lcase', 'lower'],
  ['len', 'length'],
  ['strlen', 'length'],
  ['size', 'length'],
  ['dayofweek', 'weekday'],
  ['hourofday', 'hour'],
  ['day', 'date'],
]);

/** `{ lower(span.a) = "x" }`: a call where a value of the span is meant. */
function functionInFilter(expected: readonly Terminal[], { token, next }: Stuck): Diagnostic | undefined {
  const isName = token.kind === 'name' || token.kind === 'called';
  if (!isName || next?.text !== '(' || !expected.includes(t.FIELD)) return undefined;
  const functions = keywordsFor('value function');
  const plain = token.text.toLowerCase().replaceAll('_', '');
  const isUpper = /^(?:to)?upper/u.test(plain);
  const meant = isUpper ? undefined : (FUNCTIONS_ELSEWHERE.get(plain) ?? suggest(token.text, functions));
  if (meant !== undefined)
    return syntaxError('BT1012', token, `\`${token.text}\` is not known here: did you mean \`${meant}\`?`, [
      replaceFix(`Write ${meant}`, token, meant),
    ]);
  const instead = isUpper
    ? '; to match text in any case, write `lower(span.a) = "x"` or `span.a =~ "(?i)x"`'
    : `; there are ${functions.map((name) => `\`${name}\``).join(', ')}`;
  return syntaxError('BT1001', token, `there is no function \`${token.text}\` here${instead}`);
}

/** `cuont({ … })`: a name, which could be a pattern's, in front of a parenthesis. */
function unknownFunction(part: PartName, { token, before }: Stuck): Diagnostic | undefined {
  const name = before.at(-1);
  const isCall = token.text === '(' && name?.kind === 'name' && before.at(-2)?.text !== 'as';
  if (!isCall || (part !== 'clause' && part !== 'condition')) return undefined;
  const meant = suggest(name.text, SCALAR_FUNCTIONS);
  if (meant !== undefined)
    return syntaxError('BT1012', name, `\`${name.text}\` is not known here: did you mean \`${meant}\`?`, [
      replaceFix(`Write ${meant}`, name, meant),
    ]);
  const functions = SCALAR_FUNCTIONS.map((name) => `\`${name}\``).join(', ');
  return syntaxError('BT1001', name, `there is no function \`${name.text}\`; there are ${functions}`);
}

/** `A <= 3`, `A > 3`: a pattern where a number was meant. */
function patternCompared(
  part: PartName,
  expected: readonly Terminal[],
  { token, before }: Stuck,
): Diagnostic | undefined {
  if (part !== 'clause' && part !== 'condition') return undefined;
  const previous = before.at(-1);
  const compared = t.COMPARISON.test(token) && expected.includes(t.STRUCTURE_OPERATOR);
  const number = token.kind === 'int' || token.kind === 'float' || token.kind === 'duration';
  const structured =
    number && (previous?.text === '<' || previous?.text === '>') && expected.includes(t.PATTERN_NAME);
  if (!compared && !structured) return undefined;
  const sign = compared ? token : (previous as Token);
  return syntaxError(
    'BT1001',
    sign,
    `a pattern has no value for \`${sign.text}\` to compare; count its spans, as in \`count(A) ${sign.text} 3\``,
  );
}

const BOUNDS: ReadonlySet<string> = new Set(keywordsFor('bound'));

/** `A before B && C before D`, `(A where f) before B`: a relation whose left side is no pattern, and the like. */
function misplacedRelation({ token, before }: Stuck): Diagnostic | undefined {
  const clause = before.slice(before.findLastIndex(({ text }) => text === 'and' || text === 'or') + 1);
  if (token.text === 'where' && clause.at(-2)?.text === 'as') {
    return syntaxError('BT1001', token, '`where` comes before `as`: `A where … as x`');
  }
  if (BOUNDS.has(token.text)) {
    if (clause.some(({ kind, text }) => kind === 'keyword' && RELATES.has(text))) return undefined;
    return syntaxError(
      'BT1001',
      token,
      `\`${token.text}\` bounds a relation, as in \`A before B ${token.text === 'at' ? 'at least' : 'within'} 30s\``,
    );
  }
  const exists = clause.find(({ kind, text }) => kind === 'keyword' && text === 'exists');
  if (exists !== undefined) {
    const message = `\`exists\` is a test of a pattern alone; \`${token.text}\` needs none`;
    return syntaxError('BT1001', exists, message, [replaceFix('Remove exists', exists, '')]);
  }
  if (before.at(-1)?.text === ')') {
    const message = `what is in parentheses before \`${token.text}\` is a test, not a pattern; leave the parentheses out, as in \`A where … ${token.text} B\``;
    return syntaxError('BT1001', token, message);
  }
  const brackets = new Brackets();
  let joint: Token | undefined;
  for (const earlier of before) {
    brackets.push(earlier);
    if (brackets.depth === 0 && (earlier.text === '&&' || earlier.text === '||')) joint = earlier;
  }
  if (joint === undefined) return undefined;
  const word = joint.text === '&&' ? 'and' : 'or';
  return syntaxError('BT1011', joint, `\`${joint.text}\` joins patterns; tests are joined by \`${word}\``, [
    replaceFix(`Write ${word}`, joint, word),
  ]);
}

function fieldOutside({ token, ahead: [operator, last] }: Stuck): Diagnostic {
  const message = `\`${token.text}\` needs a span to be read from: \`{ ${token.text} … }\`, or \`c.${token.text}\` of a bound span \`c\``;
  if (operator === undefined || last === undefined || !t.COMPARISON.test(operator) || !t.LITERAL.test(last)) {
    return syntaxError('BT1023', token, message);
  }
  const edits = [
    { range: { start: token.start, end: token.start }, newText: '{ ' },
    { range: { start: last.end, end: last.end }, newText: ' }' },
  ];
  return syntaxError('BT1023', token, message, [{ title: 'Make it a filter', edits }]);
}
