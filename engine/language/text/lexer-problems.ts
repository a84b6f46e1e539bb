import { type Diagnostic, guesses, insertFix, replaceFix } from '../problems/diagnostic.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import type { Range } from '../tree/ast.js';
import { MAX_INT, numberValue, quoteString, stringValue } from '../tree/literals.js';
import { timeValue } from '../tree/literals-time.js';
import type { LexemeType } from './lexemes.js';

/** What is wrong with one piece of text by itself, wherever it is. */
export function reportLexeme(type: LexemeType, text: string, start: number): Diagnostic | undefined {
  const range = { start, end: start + text.length };
  switch (type) {
    case 'string':
      return badEscape(text, start);
    case 'openString': {
      const mark = text.charAt(0);
      return syntaxError(
        'BT1003',
        range,
        `this string is not closed: missing ${mark === '"' ? '`"`' : 'a backtick'}`,
        [insertFix(`Close the string with ${mark}`, range.end, mark)],
      );
    }
    case 'quoted': {
      const value = text
        .slice(1, /['“”‘’]$/u.test(text) && text.length > 1 ? -1 : undefined)
        .replaceAll("\\'", "'");
      return syntaxError('BT1005', range, 'strings stand in double quotes or backticks', [
        replaceFix('Use double quotes', range, quoteString(value)),
      ]);
    }
    case 'openComment':
      return syntaxError('BT1010', { start, end: start + 2 }, 'this comment is not closed: missing `*/`', [
        insertFix('Close the comment', range.end, ' */'),
      ]);
    case 'number':
      return badNumber(text, start);
    case 'time':
      return badTime(text, range);
    case 'openField':
      return syntaxError(
        'BT1008',
        range,
        'the quoted part of this attribute name is not closed, or has an escape other than `\\"` and `\\\\`',
      );
    case 'bareDot':
      return syntaxError('BT1007', range, `missing attribute name directly after \`${text}\``);
    case 'stray':
      return syntaxError('BT1009', range, `\`${text}\` has no meaning here`, [
        replaceFix(`Remove \`${text}\``, range, ''),
      ]);
    case 'foreignWord': {
      const plain = text.normalize('NFKD').replace(/\p{M}/gu, '');
      return syntaxError(
        'BT1009',
        range,
        `\`${text}\` is no name: names consist of the letters a to z, digits, \`-\` and \`_\``,
        /^[A-Za-z_][\w-]*$/u.test(plain) ? [replaceFix(`Write ${plain}`, range, plain)] : [],
      );
    }
    case 'space':
    case 'comment':
    case 'range':
    case 'scoped':
    case 'field':
    case 'word':
    case 'op':
      return undefined;
  }
}

function badEscape(text: string, start: number): Diagnostic | undefined {
  const problem = stringValue(text).problems[0];
  if (problem === undefined) return undefined;
  const range = { start: start + problem.offset, end: start + problem.offset + problem.length };
  const whole = { start, end: start + text.length };
  const fixes = [
    replaceFix('Double the backslash', { start: range.start, end: range.start }, '\\'),
    ...(text.includes('`') ? [] : [replaceFix('Use backticks', whole, `\`${text.slice(1, -1)}\``)]),
  ];
  return syntaxError(
    'BT1004',
    range,
    `${problem.message}; in backticks a backslash stands for itself`,
    fixes,
  );
}

function badTime(text: string, range: Range): Diagnostic | undefined {
  const value = timeValue(text);
  switch (value) {
    case 'form':
      return syntaxError(
        'BT1026',
        range,
        `\`${text}\` is no time; write a date, \`@2026-12-31\`, or a time with its zone, \`@2026-12-31T18:00:00Z\``,
      );
    case 'calendar':
      return syntaxError('BT1026', range, `\`${text}\` is no time: there is no such day or hour`);
    case 'zone':
      return syntaxError(
        'BT1026',
        range,
        `\`${text}\` does not say in which zone; write \`Z\` for UTC, or an offset such as \`+01:00\``,
        [insertFix('Write Z', range.end, 'Z')],
      );
    case 'range':
      return syntaxError('BT1026', range, 'times go from 1678 to 2262');
    default:
      return undefined;
  }
}

/** How units are written elsewhere. */
const UNIT_WORDS = [
  [/^(?:nsecs?|nanos|nanoseconds?)$/iu, 'ns'],
  [/^(?:usecs?|micros|microseconds?)$/iu, 'us'],
  [/^(?:ms|msecs?|millis|milliseconds?)$/iu, 'ms'],
  [/^(?:s|secs?|seconds?)$/iu, 's'],
  [/^(?:mins?|minutes?)$/iu, 'm'],
  [/^(?:h|hrs?|hours?)$/iu, 'h'],
  [/^(?:d|days?)$/iu, 'd'],
  [/^(?:w|weeks?)$/iu, 'w'],
] as const;

/** The unit that a word of another language means: `seconds`, `mins`. */
export function unitOf(word: string): string | undefined {
  return UNIT_WORDS.find(([words]) => words.test(word))?.[1];
}

/** What a number is multiplied by, by what is behind it. */
const MULTIPLES: ReadonlyMap<string, bigint> = new Map([
  ['k', 10n ** 3n],
  ['kb', 10n ** 3n],
  ['mb', 10n ** 6n],
  ['gb', 10n ** 9n],
  ['tb', 10n ** 12n],
  ['kib', 1n << 10n],
  ['mib', 1n << 20n],
  ['gib', 1n << 30n],
  ['tib', 1n << 40n],
]);

function multiple(amount: string, word: string): string | undefined {
  const factor = MULTIPLES.get(word.toLowerCase());
  return factor === undefined || !/^\d+$/u.test(amount) ? undefined : String(BigInt(amount) * factor);
}

function badNumber(text: string, start: number): Diagnostic | undefined {
  const range = { start, end: start + text.length };
  const value = numberValue(text);
  if (value !== undefined) {
    if (value.kind !== 'int' || value.value <= MAX_INT) return undefined;
    return syntaxError(
      'BT1006',
      range,
      `\`${text}\` does not fit a 64-bit number`,
      guesses([replaceFix('Use maxInt', range, 'maxInt'), replaceFix('Make it a float', range, `${text}.0`)]),
    );
  }
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/u.test(text)) {
    const decimal = String(BigInt(text));
    return syntaxError('BT1006', range, `numbers are decimal: \`${text}\` is \`${decimal}\``, [
      replaceFix(`Write ${decimal}`, range, decimal),
    ]);
  }
  const plain = text.replaceAll('_', '');
  if (plain !== text && numberValue(plain) !== undefined) {
    return syntaxError('BT1006', range, `numbers have no \`_\``, [
      replaceFix(`Write ${plain}`, range, plain),
    ]);
  }
  const [, amount = '', word = ''] = /^([\d.]+)([a-z]+)$/iu.exec(text) ?? [];
  const whole = multiple(amount, word);
  if (whole !== undefined)
    return syntaxError('BT1006', range, `numbers have no \`${word}\`: \`${text}\` is \`${whole}\``, [
      replaceFix(`Write ${whole}`, range, whole),
    ]);
  const unit = unitOf(word);
  return syntaxError(
    'BT1006',
    range,
    `\`${text}\` is neither a number nor a duration such as \`1h30m\`, \`1.5h\`, \`100ms\`, \`250us\``,
    unit === undefined || numberValue(amount + unit) === undefined
      ? []
      : [replaceFix(`Write ${amount}${unit}`, range, amount + unit)],
  );
}
