import type { OldAttribute, OldCondition, OldOperator, OldRule, OldTest, OldValue } from './old-ast.js';
import { type OldToken, oldTokens } from './old-tokens.js';

export type ParsedOldRule = { readonly rule: OldRule } | { readonly problem: string };

const OPERATORS: ReadonlySet<string> = new Set([
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  'in',
  'matches',
  'contains',
]);
const DEEPEST = 200;

/** Reads `when { … } always { … } never { … }`, the clauses in any order. The problem says where reading stopped. */
export function parseOldRule(text: string): ParsedOldRule {
  const parser = new OldParser(text);
  try {
    return { rule: parser.rule() };
  } catch (error) {
    if (error instanceof Stop) return { problem: error.message };
    throw error;
  }
}

/** Ends the parse; it never leaves this file. */
class Stop extends Error {}

class OldParser {
  private readonly tokens: readonly OldToken[];
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = oldTokens(text);
  }

  rule(): OldRule {
    const clauses: { when?: OldCondition; always?: OldCondition; never?: OldCondition } = {};
    while (this.at < this.tokens.length) {
      const keyword = this.peek();
      if (keyword !== 'when' && keyword !== 'always' && keyword !== 'never')
        this.stop('when, always or never');
      if (clauses[keyword] !== undefined) this.stop(`no second ${keyword}`);
      this.at++;
      this.take('{');
      clauses[keyword] = this.condition();
      this.take('}');
    }
    const { when, ...rest } = clauses;
    if (when === undefined) this.stop('when');
    return { when, ...rest };
  }

  private condition(): OldCondition {
    return this.joined('or', () => this.joined<OldCondition>('and', () => this.negatable()));
  }

  private joined<T>(
    word: 'and' | 'or',
    operand: () => T,
  ): T | { readonly kind: 'and' | 'or'; readonly operands: readonly T[] } {
    const first = operand();
    const operands = [first];
    while (this.isWord(word)) {
      this.at++;
      operands.push(operand());
    }
    return operands.length === 1 ? first : { kind: word, operands };
  }

  private negatable(): OldCondition {
    if (this.isWord('not')) {
      this.at++;
      return { kind: 'not', operand: this.deeper(() => this.negatable()) };
    }
    if (this.peek() === '(') return this.inParens(() => this.condition());
    if (this.isWord('count') && this.tokens[this.at + 1]?.text === '(') {
      const name = this.counted();
      return { kind: 'count', name, operator: this.operator(), right: this.value() };
    }
    return this.span();
  }

  private span(): OldCondition {
    const name = this.name();
    const where: OldTest[] = [];
    while (this.peek() === '.') {
      this.at++;
      if (!this.isWord('where')) this.stop('where');
      this.at++;
      where.push(this.inParens(() => this.test()));
    }
    const operator = this.peek();
    if (!OPERATORS.has(operator)) return { kind: 'span', name, where };
    return { kind: 'span', name, where, compared: { operator: this.operator(), right: this.value() } };
  }

  private test(): OldTest {
    return this.joined('or', () => this.joined<OldTest>('and', () => this.testAtom()));
  }

  private testAtom(): OldTest {
    if (this.isWord('not')) {
      this.at++;
      return { kind: 'not', operand: this.deeper(() => this.testAtom()) };
    }
    if (this.peek() === '(') return this.inParens(() => this.test());
    const attribute = this.attribute();
    if (!OPERATORS.has(this.peek())) return { kind: 'flag', attribute };
    return { kind: 'compare', attribute, operator: this.operator(), right: this.value() };
  }

  private attribute(): OldAttribute {
    const token = this.tokens[this.at];
    if (token?.kind === 'string') {
      this.at++;
      return { key: token.text, bare: false };
    }
    const key = this.name();
    return { key, bare: key.includes('.') };
  }

  /** Words joined by dots, up to a `.where`. */
  private name(): string {
    const words = [this.word()];
    while (this.peek() === '.' && !(this.tokens[this.at + 1]?.text === 'where')) {
      this.at++;
      words.push(this.word());
    }
    return words.join('.');
  }

  private word(): string {
    const token = this.tokens[this.at];
    if (token?.kind !== 'word') this.stop('a name');
    this.at++;
    return token.text;
  }

  private counted(): string {
    this.at++;
    return this.inParens(() => this.name());
  }

  private operator(): OldOperator {
    const text = this.peek();
    if (!OPERATORS.has(text)) this.stop('a comparison');
    this.at++;
    return text as OldOperator;
  }

  private value(): OldValue {
    const token = this.tokens[this.at];
    if (token === undefined) this.stop('a value');
    if (token.text === '[' && token.kind === 'mark') return this.list();
    if (token.kind === 'word' && token.text === 'count') return { kind: 'count', name: this.counted() };
    this.at++;
    if (token.kind === 'string') return { kind: 'string', value: token.text };
    if (token.kind === 'number') return { kind: 'number', text: token.text };
    if (token.kind !== 'word') {
      this.at--;
      this.stop('a value');
    }
    if (token.text === 'true' || token.text === 'false')
      return { kind: 'bool', value: token.text === 'true' };
    return { kind: 'word', value: token.text };
  }

  private list(): OldValue {
    const items: { readonly text: string; readonly quoted: boolean }[] = [];
    this.take('[');
    do {
      const token = this.tokens[this.at];
      if (token === undefined || token.kind === 'mark' || token.kind === 'bad') this.stop('a value');
      this.at++;
      items.push({ text: token.text, quoted: token.kind === 'string' });
    } while (this.peek() === ',' && this.at++ >= 0);
    this.take(']');
    return { kind: 'list', items };
  }

  private inParens<T>(inside: () => T): T {
    this.take('(');
    const value = this.deeper(inside);
    this.take(')');
    return value;
  }

  private deeper<T>(inside: () => T): T {
    if (++this.depth > DEEPEST) throw new Stop(`it is nested more than ${DEEPEST} deep`);
    const value = inside();
    this.depth--;
    return value;
  }

  private isWord(text: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === 'word' && token.text === text;
  }

  private peek(): string {
    const token = this.tokens[this.at];
    return token === undefined || token.kind === 'string' ? '' : token.text;
  }

  private take(mark: string): void {
    if (this.peek() !== mark) this.stop(mark);
    this.at++;
  }

  private stop(expected: string): never {
    const token = this.tokens[this.at];
    const place =
      token === undefined ? 'at its end' : `at "${this.text.slice(token.start, token.start + 20)}"`;
    throw new Stop(`expected ${expected} ${place}`);
  }
}
