import type { ParserRule } from 'nearley';
import type { Token } from '../text/tokens.js';
import type { Range } from '../tree/ast.js';

/**
 * Builds nearley's rule tables from typed alternatives: what a symbol yields is known to the compiler, and every
 * action is given the range of the text that its alternative covers.
 */

/** A token that the grammar waits for at some place. */
export interface Terminal {
  readonly test: (token: Token) => boolean;
  /** How messages and completion name it: a word or operator in backticks, or a description. */
  readonly label: string;
  /** Literal text, for terminals that are one word or operator. */
  readonly text?: string;
  /** For terminals that are one of several words or operators. */
  readonly texts?: readonly string[];
  readonly role: TerminalRole;
}

/** What kind of thing a terminal is, for completion and for messages that group. */
export type TerminalRole =
  | 'keyword'
  | 'operator'
  | 'punctuation'
  | 'field'
  | 'bound field'
  | 'pattern name'
  | 'list name'
  | 'parameter'
  | 'new name'
  | 'rule id'
  | 'setting name'
  | 'setting value'
  | 'service'
  | 'hint name'
  | 'literal'
  | 'string'
  | 'number'
  | 'duration'
  | 'function'
  | 'metrics function';

/** A nonterminal that yields a T. */
export class Nonterminal<T> {
  readonly name: string;
  private readonly rules: ParserRule[];
  /** Never set; carries the type. */
  declare readonly yields?: T;

  constructor(name: string, rules: ParserRule[]) {
    this.name = name;
    this.rules = rules;
  }

  /** Adds one alternative. */
  add<const S extends readonly GrammarSymbol[]>(
    symbols: S,
    action: (values: Yields<S>, range: Range) => T | typeof REJECT,
  ): void {
    this.rules.push({
      name: this.name,
      symbols: symbols.map((symbol) => ('test' in symbol ? symbol : symbol.name)),
      postprocess: (data: readonly (Carried | Token)[], _reference, fail): Carried | undefined => {
        const range = covered(data);
        const values = data.map((item) => ('value' in item ? item.value : item));
        const value = action(values as unknown as Yields<S>, range);
        return value === REJECT ? (fail as Carried) : { value, ...range };
      },
    });
  }
}

type GrammarSymbol = Pick<Nonterminal<unknown>, 'name' | 'yields'> | Terminal;
type Yield<S> = S extends Terminal ? Token : S extends { readonly yields?: infer T } ? T : never;
type Yields<S extends readonly unknown[]> = { readonly [K in keyof S]: Yield<S[K]> };

/** What nearley carries between rules. An alternative that covers no text has `start` < 0. */
interface Carried extends Range {
  readonly value: unknown;
}

/** What an action returns where its alternative does not hold after all. */
export const REJECT = Symbol('reject');

export class GrammarBuilder {
  readonly rules: ParserRule[] = [];

  nonterminal<T>(name: string): Nonterminal<T> {
    return new Nonterminal<T>(name, this.rules);
  }

  /** Adds alternatives that yield what their one symbol yields. */
  either<T>(target: Nonterminal<T>, ...symbols: readonly Pick<Nonterminal<T>, 'name' | 'yields'>[]): void {
    for (const symbol of symbols) {
      this.rules.push({
        name: target.name,
        symbols: [symbol.name],
        postprocess: (data: readonly Carried[]) => data[0],
      });
    }
  }

  /** Zero or more. */
  many<T>(name: string, item: Nonterminal<T>): Nonterminal<Chain<T>> {
    const list = this.nonterminal<Chain<T>>(name);
    list.add([], () => undefined);
    list.add([list, item], ([before, last]) => ({ before, last }));
    return list;
  }

  /** One or more with a separator between. */
  separated<T>(name: string, item: Nonterminal<T>, separator: Terminal): Nonterminal<Chain<T>> {
    const list = this.nonterminal<Chain<T>>(name);
    list.add([item], ([last]) => ({ before: undefined, last }));
    list.add([list, separator, item], ([before, , last]) => ({ before, last }));
    return list;
  }

  /** Nothing, or the item. */
  optional<T>(name: string, item: Nonterminal<T>): Nonterminal<T | undefined> {
    const option = this.nonterminal<T | undefined>(name);
    option.add([], () => undefined);
    option.add([item], ([value]) => value);
    return option;
  }
}

/** A list from its end. An array would be copied for every item, and long lists would cost their length squared. */
export type Chain<T> = { readonly before: Chain<T>; readonly last: T } | undefined;

export function itemsOf<T>(chain: Chain<T>): readonly T[] {
  const items: T[] = [];
  for (let link = chain; link !== undefined; link = link.before) items.push(link.last);
  return items.reverse();
}

function covered(data: readonly Range[]): Range {
  let start = -1;
  let end = -1;
  for (const item of data) {
    if (item.start < 0) continue;
    if (start < 0) start = item.start;
    end = item.end;
  }
  return { start, end };
}
