import type { FieldExpression, Range } from '../../engine/language/tree/ast.js';

/** Something with a name that other places refer to. */
export type LanguageSymbol =
  /** A pattern or a list. */
  | { readonly kind: 'let'; readonly path: string; readonly name: string }
  /** Of the pattern whose `let` starts there; it means something in that alone. */
  | {
      readonly kind: 'parameter';
      readonly path: string;
      readonly of: string;
      readonly at: number;
      readonly name: string;
    }
  /** A span that a rule's `when` binds; it means something in that rule only. */
  | {
      readonly kind: 'bound';
      readonly path: string;
      readonly rule: string;
      readonly at: number;
      readonly name: string;
    }
  | { readonly kind: 'rule'; readonly id: string }
  /** A name that means nothing. */
  | { readonly kind: 'unknown'; readonly name: string };

export interface Occurrence {
  readonly symbol: LanguageSymbol;
  readonly role: 'definition' | 'reference';
  readonly path: string;
  readonly range: Range;
  /** What a pattern is given there. */
  readonly given?: readonly FieldExpression[];
}

/** Equal for two mentions of the same thing. */
export function symbolKey(symbol: LanguageSymbol): string {
  switch (symbol.kind) {
    case 'let':
      return `let\0${symbol.path}\0${symbol.name}`;
    case 'parameter':
      return `parameter\0${symbol.path}\0${symbol.at}\0${symbol.name}`;
    case 'bound':
      return `bound\0${symbol.path}\0${symbol.at}\0${symbol.name}`;
    case 'rule':
      return `rule\0${symbol.id}`;
    case 'unknown':
      return `unknown\0${symbol.name}`;
  }
}
