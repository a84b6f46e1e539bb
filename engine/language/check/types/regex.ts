import { isUnicodeGroup } from './regex-groups.js';

/** What is wrong with a regular expression, as an offset into it. */
export interface RegexProblem {
  readonly kind: 'syntax' | 'size';
  readonly message: string;
  readonly offset: number;
  readonly length: number;
}

const MAX_LENGTH = 2_000;
const MAX_REPEAT = 1_000;
/** What RE2 compiles grows with the expression once its repetitions are written out. */
const MAX_EXPANDED = 20_000;
const MAX_NESTING = 200;
/** What a Unicode group counts for: RE2 compiles it to hundreds of instructions, and has room for some 170 000. */
const GROUP_SIZE = 100;

/** A counted repetition. With leading zeros, or past nine digits, RE2 reads the braces as plain characters. */
const COUNT = /^\{(0|[1-9]\d{0,8})(?:(,)(0|[1-9]\d{0,8})?)?\}/u;
const NAMED_GROUP = /^\(\?P<[\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]+>/u;
const FLAGS = /^\(\?(?:[imsU]+(?:-[imsU]+)?|-[imsU]+)?([:)])/u;

/** Escapes RE2 has behind a backslash, apart from punctuation. */
const ESCAPES =
  /^(?:[AzbBdDsSwWaftnrvC]|x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]{1,6}\}|[1-7][0-7]{1,2}|0[0-7]{0,2}|[pP](?:[A-Z]|\{\^?\w+\}))/u;
/** The escapes that mean nothing between square brackets: places, and whatever single byte. */
const ONLY_OUTSIDE = /^[AzbBC]/u;
const CLASS_NAMES =
  /^\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/u;

/** Finds the first thing in an expression that RE2 does not have; matching in linear time has no lookaround. */
export function regexProblem(source: string): RegexProblem | undefined {
  if (source.length > MAX_LENGTH) {
    const message = `A regular expression has at most ${MAX_LENGTH} characters; this one has ${source.length}.`;
    return { kind: 'size', message, offset: 0, length: source.length };
  }
  const scanner = new Scanner(source);
  try {
    const size = scanner.scan();
    if (size <= MAX_EXPANDED) return undefined;
    const message = `With its repetitions written out this has more than ${MAX_EXPANDED} parts.`;
    return { kind: 'size', message, offset: 0, length: source.length };
  } catch (thrown) {
    if (thrown instanceof Faulty) return thrown.problem;
    throw thrown;
  }
}

class Faulty extends Error {
  constructor(readonly problem: RegexProblem) {
    super(problem.message);
  }
}

function fail(message: string, offset: number, length: number): never {
  throw new Faulty({ kind: 'syntax', message, offset, length: Math.max(1, length) });
}

/** Size of a part once written out, and how often the most repeated part of it is repeated. */
interface Part {
  readonly size: number;
  readonly repeats: number;
  /** `(?i)` matches nothing by itself, so that a repetition behind it is one of what is before it. */
  readonly flags?: true;
}

class Scanner {
  private at = 0;
  private depth = 0;

  constructor(private readonly source: string) {}

  scan(): number {
    const { size } = this.alternatives();
    if (this.at < this.source.length) fail('This `)` closes nothing.', this.at, 1);
    return size;
  }

  private alternatives(): Part {
    let size = 0;
    let repeats = 1;
    let empty = true;
    let last: Part | undefined;
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        this.at++;
        empty = true;
        last = undefined;
        continue;
      }
      const part = this.repeated(empty, last);
      empty &&= part.flags === true;
      if (!part.flags) last = part;
      size += part.size;
      repeats = Math.max(repeats, part.repeats);
    }
    return { size, repeats };
  }

  private repeated(isFirst: boolean, before: Part | undefined): Part {
    const start = this.at;
    const nothing = /^[*+?]/u.exec(this.rest()) ?? COUNT.exec(this.rest());
    if (nothing) fail(`\`${nothing[0]}\` repeats nothing.`, start, nothing[0].length);
    let part = this.atom();
    for (let times = 0; ; times++) {
      const from = this.at;
      const operator = COUNT.exec(this.rest()) ?? /^[*+?]/u.exec(this.rest());
      if (!operator) return part;
      if (part.flags && isFirst) fail(`\`${operator[0]}\` repeats nothing.`, from, operator[0].length);
      if (times > 0) {
        const possessive = operator[0] === '+' ? ' RE2 has no possessive repetition.' : '';
        fail(`\`${operator[0]}\` repeats a repetition.${possessive}`, from, operator[0].length);
      }
      if (part.flags && before) part = before;
      this.at += operator[0].length;
      part = this.counted(part, operator, from);
      if (this.source[this.at] === '?') this.at++;
    }
  }

  private counted(part: Part, operator: RegExpExecArray, from: number): Part {
    if (operator[1] === undefined) return part;
    const least = Number(operator[1]);
    const most = operator[2] === undefined ? least : operator[3] ? Number(operator[3]) : least;
    if (most < least)
      fail(`The repetition \`${operator[0]}\` ends before it starts.`, from, operator[0].length);
    const repeats = part.repeats * Math.max(1, most);
    if (least > MAX_REPEAT || repeats > MAX_REPEAT) {
      const nested = part.repeats > 1 ? ', nested repetitions multiplied' : '';
      fail(`A part is repeated at most ${MAX_REPEAT} times${nested}.`, from, operator[0].length);
    }
    return { size: part.size * Math.max(1, most), repeats };
  }

  private atom(): Part {
    const char = this.source[this.at];
    if (char === '(') return this.group();
    let size = 1;
    if (char === '[') size = this.characterClass();
    else if (char === '\\') size = this.escape();
    else this.at += (this.source.codePointAt(this.at) ?? 0) > 0xffff ? 2 : 1;
    return { size, repeats: 1 };
  }

  private group(): Part {
    const start = this.at;
    const rest = this.rest();
    const refused: readonly (readonly [RegExp, string])[] = [
      [/^\(\?[=!]/u, 'lookahead'],
      [/^\(\?<[=!]/u, 'lookbehind'],
      [/^\(\?>/u, 'atomic group'],
      [/^\(\?\(/u, 'condition'],
      [/^\(\?#/u, 'comment'],
      [/^\(\?(?:R|\d+|&|P[=>])/u, 'reference to a group'],
    ];
    for (const [form, name] of refused) {
      const found = form.exec(rest);
      const instead = name.startsWith('look')
        ? ' What must not match is asked for with `!~`, or with `!( … )` around a comparison.'
        : '';
      if (found) fail(`RE2 has no ${name}, \`${found[0]}…)\`.${instead}`, start, found[0].length);
    }
    const bare = /^\(\?<\w*>/u.exec(rest);
    if (bare) fail(`A named group is \`(?P${bare[0].slice(2)}…)\`.`, start, bare[0].length);
    const flags = FLAGS.exec(rest);
    const open = flags ?? NAMED_GROUP.exec(rest);
    if (!open && rest.startsWith('(?')) {
      fail('Behind `(?` stand flags out of `imsU`, `:`, or `P<name>`.', start, 2);
    }
    this.at += open?.[0].length ?? 1;
    if (flags?.[1] === ')') return { size: 0, repeats: 1, flags: true };
    if (++this.depth > MAX_NESTING) fail('Groups are nested too deeply.', start, 1);
    const part = this.alternatives();
    if (this.source[this.at] !== ')') fail('This `(` is not closed.', start, 1);
    this.at++;
    this.depth--;
    return { size: part.size + 1, repeats: part.repeats };
  }

  /** Passes an escape, and gives its size. */
  private escape(inClass = false): number {
    const rest = this.source.slice(this.at + 1);
    if (rest === '') fail('The text ends in a `\\`; a backslash is `\\\\`.', this.at, 1);
    if (rest.startsWith('Q') && !inClass) {
      const end = rest.indexOf('\\E');
      const from = this.at;
      this.at = end < 0 ? this.source.length : this.at + 1 + end + 2;
      return this.at - from;
    }
    const found = inClass && ONLY_OUTSIDE.test(rest) ? undefined : ESCAPES.exec(rest)?.[0];
    if (!found && /^(?:[1-9]|k[<{'])/u.test(rest)) {
      fail(`RE2 has no backreference, \`\\${rest[0]}\`.`, this.at, 2);
    }
    if (!found && /^[A-Za-z0-9\u0080-\u{10ffff}]/u.test(rest)) {
      fail(`RE2 has no escape \`\\${rest[0]}\`${inClass ? ' between square brackets' : ''}.`, this.at, 2);
    }
    const group = /^[pP]\{?\^?(\w+)/u.exec(found ?? '')?.[1];
    if (group !== undefined && !isUnicodeGroup(group)) {
      fail(`There is no group \`${group}\` of characters.`, this.at, 1 + (found?.length ?? 0));
    }
    const hex = /^x\{?([0-9a-fA-F]+)/u.exec(found ?? '')?.[1];
    if (hex !== undefined && Number.parseInt(hex, 16) > 0x10ffff) {
      fail('Characters end at `\\x{10FFFF}`.', this.at, 1 + (found?.length ?? 0));
    }
    this.at += 1 + (found?.length ?? 1);
    return group === undefined ? 1 : GROUP_SIZE;
  }

  private characterClass(): number {
    const start = this.at;
    let size = 1;
    this.at += this.source[this.at + 1] === '^' ? 2 : 1;
    for (let first = true; ; first = false) {
      const char = this.source[this.at];
      if (char === undefined) fail('This `[` is not closed.', start, 1);
      if (char === ']' && !first) break;
      const from = this.at;
      const low = this.classMember();
      if (/^\\[pP]/u.test(this.source.slice(from, this.at))) size += GROUP_SIZE;
      if ((low ?? 0) > 0x7f) size += 1 / 4;
      const isRange = this.source[this.at] === '-' && ![']', undefined].includes(this.source[this.at + 1]);
      if (!isRange || low === undefined) continue;
      this.at++;
      const high = this.classMember();
      if (high === undefined || high < low) {
        fail(`The range \`${this.source.slice(from, this.at)}\` is empty.`, from, this.at - from);
      }
    }
    this.at++;
    return size;
  }

  /** The code point of a single character; nothing for a named class or an escape that stands for several. */
  private classMember(): number | undefined {
    const rest = this.rest();
    const named = CLASS_NAMES.exec(rest);
    if (named) {
      this.at += named[0].length;
      return undefined;
    }
    if (rest.startsWith('[:') && rest.includes(':]'))
      fail('There is no character class of this name.', this.at, rest.indexOf(':]') + 2);
    if (rest.startsWith('\\')) {
      const from = this.at;
      this.escape(true);
      return escapedCodePoint(this.source.slice(from + 1, this.at));
    }
    const point = rest.codePointAt(0) ?? 0;
    this.at += point > 0xffff ? 2 : 1;
    return point;
  }

  private rest(): string {
    return this.source.slice(this.at);
  }
}

function escapedCodePoint(escaped: string): number | undefined {
  if (/^[dDsSwWpP]/u.test(escaped)) return undefined;
  const hex = /^x\{?([0-9a-fA-F]+)\}?$/u.exec(escaped)?.[1];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (/^[0-7]{1,3}$/u.test(escaped)) return Number.parseInt(escaped, 8);
  const control: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };
  return control[escaped] ?? escaped.codePointAt(0);
}
