import type { PartName } from '../grammar/grammar.js';
import { RULE_ID } from '../grammar/grammar-terminals.js';
import { type Diagnostic, guesses, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { isFreeName, type Token, wordKind } from '../text/tokens.js';
import type { Intrinsic } from '../tree/ast.js';
import { INTRINSICS, intrinsicOf, intrinsicOfWord } from '../tree/intrinsics.js';
import { isCallable } from '../words/callable.js';

/** What is wrong with tokens that the grammar takes: it asks only what kind they are. */
export function checkTokens(part: PartName, tokens: readonly Token[]): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const head = part === 'let' ? headOf(tokens) : [];
  const isParameter = (token: Token): boolean => head.includes(token);
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]?.text;
    const isId =
      (part === 'rule head' && index === 1) ||
      (part === 'test' && index === 3 && before === 'of') ||
      (part === 'violations' && index === 2);
    if (isId) push(found, checkRuleId(token));
    else if (token.kind === 'scoped') push(found, checkIntrinsic(token));
    else if (token.kind === 'bound') push(found, checkBound(token));
    else if (before === 'as') push(found, checkNewName(token, 'a span'));
    else if (isParameter(token)) push(found, checkNewName(token, 'a parameter'));
    else if (part === 'let' && before === 'let')
      push(found, checkNewName(token) ?? (head.length > 0 ? checkCallable(token) : undefined));
  });
  return found;
}

/** What is between the parentheses behind the name of a `let`, commas apart. */
function headOf(tokens: readonly Token[]): readonly Token[] {
  const open = tokens.findIndex(({ text }) => text === 'let') + 2;
  if (tokens[open]?.text !== '(') return [];
  const close = tokens.findIndex(({ text }, index) => index > open && text === ')');
  return tokens.slice(open + 1, Math.max(open + 1, close));
}

function push(found: Diagnostic[], diagnostic: Diagnostic | undefined): void {
  if (diagnostic !== undefined) found.push(diagnostic);
}

function checkRuleId(token: Token): Diagnostic | undefined {
  if (!RULE_ID.test(token) || /^[A-Za-z_][A-Za-z0-9_.-]*$/u.test(token.text)) return undefined;
  const id = token.text
    .replace(/^"|"$/gu, '')
    .replace(/[^A-Za-z0-9_.-]+/gu, '-')
    .replace(/^(?![A-Za-z_])/u, 'r');
  return syntaxError(
    'BT1022',
    token,
    'a rule id has letters, digits, `-`, `_` and `.`, and starts with a letter',
    [replaceFix(`Write ${id}`, token, id)],
  );
}

/** `inFilters`: what is named, where the name is in filters too. */
function checkNewName(token: Token, inFilters?: 'a span' | 'a parameter'): Diagnostic | undefined {
  if (token.kind === 'op' || token.kind === 'bad') return undefined;
  const first = token.text.split('-')[0] ?? '';
  if (isFreeName(token.text)) {
    if (inFilters === undefined || wordKind(first) === 'name' || wordKind(first) === 'keyword')
      return undefined;
    const use = inFilters === 'a span' ? `${token.text}.x` : token.text;
    const message = `\`${token.text}\` cannot name ${inFilters}: in a filter \`${use}\` would subtract from \`${first}\``;
    const other = token.text.replaceAll('-', '_');
    return syntaxError('BT1021', token, message, [replaceFix(`Name it ${other}`, token, other)]);
  }
  return syntaxError('BT1021', token, `\`${token.text}\` is a word of the language and cannot be a name`, [
    replaceFix(`Name it my-${token.text}`, token, `my-${token.text}`),
  ]);
}

function checkCallable(token: Token): Diagnostic | undefined {
  if (token.kind !== 'name' || isCallable(token.text)) return undefined;
  const other = `my-${token.text}`;
  const message = `\`${token.text}\` cannot name a pattern with parameters: before a parenthesis it means something else`;
  return syntaxError('BT1021', token, message, [replaceFix(`Name it ${other}`, token, other)]);
}

function checkIntrinsic(token: Token): Diagnostic | undefined {
  const spelling = token.text.replace(/\s+/gu, '');
  if (intrinsicOf(spelling) !== undefined && spelling.includes(':')) return undefined;
  const scope = spelling.slice(0, spelling.indexOf(':'));
  const known = intrinsicsOfScope(scope);
  const meant = suggest(spelling, known);
  const listed = known.map((name) => `\`${name}\``).join(', ');
  const asAttribute = spelling.replace(':', '.');
  return syntaxError(
    'BT1013',
    token,
    meant === undefined
      ? `\`${spelling}\` is not an intrinsic; there are ${listed}`
      : `\`${spelling}\` is not an intrinsic: did you mean \`${meant}\`?`,
    [
      ...(meant === undefined ? [] : [replaceFix(`Write ${meant}`, token, meant)]),
      ...(scope === 'trace' || asAttribute.endsWith('.')
        ? []
        : [replaceFix(`Read the attribute ${asAttribute}`, token, asAttribute)]),
    ],
  );
}

function intrinsicsOfScope(scope: string): readonly Intrinsic[] {
  return INTRINSICS.map(({ name }) => name).filter((name) => name.startsWith(`${scope}:`));
}

function checkBound(token: Token): Diagnostic | undefined {
  const head = token.text.slice(0, token.text.indexOf('.'));
  if (isFreeName(head)) return undefined;
  if (head === 'trace') {
    const known = intrinsicsOfScope('trace');
    const written = token.text.replace('.', ':');
    const meant = known.find((name) => name === written) ?? suggest(written, known);
    return syntaxError(
      'BT1013',
      token,
      'a trace has no attributes; its intrinsics have a colon, such as `trace:duration`',
      meant === undefined ? [] : [replaceFix(`Write ${meant}`, token, meant)],
    );
  }
  const property = token.text.slice(head.length + 1);
  if (intrinsicOfWord(head) !== undefined && ['length', 'size', 'len'].includes(property)) {
    const text = `length(${head})`;
    const message = `values have no properties; \`${token.text}\` is written \`${text}\``;
    return syntaxError('BT1021', token, message, [replaceFix(`Write ${text}`, token, text)]);
  }
  return syntaxError(
    'BT1021',
    token,
    `\`${head}\` is a word of the language and cannot name a bound span; for the attribute write \`.${token.text}\``,
    guesses([
      replaceFix(`Read the attribute .${token.text}`, token, `.${token.text}`),
      replaceFix(`Read the span's attribute`, token, `span.${token.text}`),
    ]),
  );
}
