import type { PartName } from '../grammar/grammar.js';
import { RULE_ID } from '../grammar/grammar-terminals.js';
import { type Diagnostic, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { isFreeName, type Token, wordKind } from '../text/tokens.js';
import type { Intrinsic } from '../tree/ast.js';
import { INTRINSICS, intrinsicOf } from '../tree/fields.js';

/** What is wrong with tokens that the grammar takes: it asks only what kind they are. */
export function checkTokens(part: PartName, tokens: readonly Token[]): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]?.text;
    const isId =
      (part === 'rule head' && index === 1) ||
      (part === 'test' && index === 3 && before === 'of') ||
      (part === 'violations' && index === 2);
    if (isId) push(found, checkRuleId(token));
    else if (token.kind === 'scoped') push(found, checkIntrinsic(token));
    else if (token.kind === 'bound') push(found, checkBound(token));
    else if (before === 'as' || (part === 'let' && before === 'let'))
      push(found, checkNewName(token, before === 'as'));
  });
  return found;
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

function checkNewName(token: Token, isBound: boolean): Diagnostic | undefined {
  if (token.kind === 'op' || token.kind === 'bad') return undefined;
  const first = token.text.split('-')[0] ?? '';
  if (isFreeName(token.text)) {
    if (!isBound || wordKind(first) === 'name' || wordKind(first) === 'keyword') return undefined;
    const message = `\`${token.text}\` cannot name a span: in a filter \`${token.text}.x\` would subtract from \`${first}\``;
    const other = token.text.replaceAll('-', '_');
    return syntaxError('BT1021', token, message, [replaceFix(`Name it ${other}`, token, other)]);
  }
  return syntaxError('BT1021', token, `\`${token.text}\` is a word of the language and cannot be a name`, [
    replaceFix(`Name it my-${token.text}`, token, `my-${token.text}`),
  ]);
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
    const meant = suggest(token.text.replace('.', ':'), intrinsicsOfScope('trace'));
    return syntaxError(
      'BT1013',
      token,
      'a trace has no attributes; its intrinsics have a colon, such as `trace:duration`',
      meant === undefined ? [] : [replaceFix(`Write ${meant}`, token, meant)],
    );
  }
  return syntaxError(
    'BT1021',
    token,
    `\`${head}\` is a word of the language and cannot name a bound span; for the attribute write \`.${token.text}\``,
    [
      replaceFix(`Read the attribute .${token.text}`, token, `.${token.text}`),
      replaceFix(`Read the span's attribute`, token, `span.${token.text}`),
    ],
  );
}
