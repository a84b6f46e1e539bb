import nearley from 'nearley';
import { grammarOf, type PartName, type PartResults } from '../grammar/grammar.js';
import type { Terminal } from '../grammar/grammar-builder.js';
import type { Token } from '../text/tokens.js';

/** The parts of nearley's parser that its types leave out. */
interface Chart {
  readonly table: readonly Column[];
  readonly current: number;
}
interface Column {
  readonly scannable: readonly State[];
}
interface State {
  readonly dot: number;
  readonly rule: { readonly symbols: readonly (string | Terminal)[] };
}

/** Hands nearley one token at a time, so that nothing is read ahead of an error. */
class SingleToken implements nearley.Lexer {
  token: Token | undefined;
  reset(): void {}
  save(): nearley.LexerState {
    return {};
  }
  formatError(_: nearley.Token, message: string): string {
    return message;
  }
  next(): nearley.Token | undefined {
    const token = this.token;
    this.token = undefined;
    // nearley passes custom tokens through untouched; its types know only moo's.
    return token as unknown as nearley.Token | undefined;
  }
}

/**
 * A parse of one part, fed token by token. Unlike nearley's own parser it can be asked first whether a token fits, so
 * the parser never reaches a dead column, whose report nearley would spend kilobytes on.
 */
export class PartParse<P extends PartName> {
  private readonly parser: nearley.Parser;
  private readonly lexer = new SingleToken();

  constructor(part: P) {
    this.parser = new nearley.Parser(grammarOf(part), { lexer: this.lexer });
  }

  /** The terminals that could follow, each once. */
  expected(): readonly Terminal[] {
    const found = new Set<Terminal>();
    for (const state of this.column().scannable) {
      const symbol = state.rule.symbols[state.dot];
      if (symbol !== undefined && typeof symbol !== 'string') found.add(symbol);
    }
    return [...found];
  }

  accepts(token: Token): boolean {
    return this.column().scannable.some((state) => {
      const symbol = state.rule.symbols[state.dot];
      return symbol !== undefined && typeof symbol !== 'string' && symbol.test(token);
    });
  }

  /** Only for a token that is accepted. */
  feed(token: Token): void {
    this.lexer.token = token;
    this.parser.feed('');
  }

  /** Whether a run of tokens would be accepted, leaving the parse as it was. */
  wouldAccept(tokens: readonly Token[]): boolean {
    const mark = this.parser.save();
    let fits = true;
    for (const token of tokens) {
      if (!this.accepts(token)) {
        fits = false;
        break;
      }
      this.feed(token);
    }
    this.parser.restore(mark);
    return fits;
  }

  /** What could follow a run of tokens that would be accepted. */
  expectedAfter(tokens: readonly Token[]): readonly Terminal[] {
    const mark = this.parser.save();
    for (const token of tokens) {
      if (!this.accepts(token)) break;
      this.feed(token);
    }
    const expected = this.expected();
    this.parser.restore(mark);
    return expected;
  }

  /** Complete parses of what was fed so far: more than one would be a fault of the grammar. */
  results(): readonly PartResults[P][] {
    return (this.parser.finish() as readonly { readonly value: PartResults[P] }[]).map(({ value }) => value);
  }

  private column(): Column {
    const { table, current } = this.parser as unknown as Chart;
    const column = table[current];
    if (column === undefined) throw new Error('the parse has no column');
    return column;
  }
}
