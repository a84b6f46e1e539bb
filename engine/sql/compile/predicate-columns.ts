import { conjuncts, type Expression } from '../../plan/expression.js';
import { intLiteral, stringLiteral } from '../dialects/duckdb/literal.js';
import type { AttributeColumns } from './attribute-columns.js';
import { compileValue } from './expression.js';
import type { Signature } from './signature.js';
import { partsOf } from './value.js';

/**
 * How the predicates of a plan appear in `matched`: as bits of the columns `hits0`, `hits1`, …, one for each predicate.
 *
 * Most predicates ask for one name: `span:name = "x"`. Columns of such texts are dictionary coded in the files, and DuckDB
 * evaluates a function of one such column once for each entry of the dictionary. So each column that predicates compare
 * with texts is first turned into a small number, `code<n>`: which of these texts it is.
 */
export class PredicateColumns {
  private readonly codes = new Map<string, string[]>();
  private readonly parts: readonly PredicateParts[];

  constructor(
    readonly predicates: readonly Expression[],
    columns: AttributeColumns,
  ) {
    this.parts = predicates.map((predicate) => this.split(predicate, columns));
  }

  /** SQL of the code columns over the row `s`. */
  codeColumns(): readonly string[] {
    return [...this.codes].map(
      ([column, texts], n) =>
        `list_position([${texts.map(stringLiteral).join(', ')}], ${column}) AS code${n}`,
    );
  }

  /** The names of the columns of hits. */
  words(): readonly string[] {
    return Array.from({ length: Math.ceil(this.parts.length / BITS) }, (_, word) => `hits${word}`);
  }

  /** SQL of the columns of hits over the row `s` and its code columns; `compile` is for what is not coded. */
  hitColumns(compile: (predicate: Expression) => string): readonly string[] {
    return this.words().map((name, word) => {
      const coded = [...this.codes.keys()].flatMap((column, n) => {
        const masks = this.masks(column, word);
        if (masks.every((mask) => mask === 0n)) return [];
        return [`coalesce([${masks.map(intLiteral).join(', ')}][code${n}], 0)`];
      });
      const others = this.parts.flatMap(({ code, rest }, n) => {
        if (rest === undefined || wordOf(n) !== word) return [];
        const sql = compile(rest);
        return [
          `CASE WHEN ${code === undefined ? sql : `${this.codeIs(code)} AND ${sql}`} THEN ${bitOf(n)} ELSE 0 END`,
        ];
      });
      return `${[...coded, ...others].join(' | ')} AS ${name}`;
    });
  }

  /** SQL over the row `s` and its code columns that is true wherever a predicate is. */
  prefilter(compile: (predicate: Expression) => string): readonly string[] {
    const coded = [...this.codes.keys()].map((_, n) => `code${n} IS NOT NULL`);
    const others = this.parts.flatMap(({ code, rest }) =>
      code === undefined && rest !== undefined ? [compile(rest)] : [],
    );
    return [...coded, ...others];
  }

  /** SQL for "predicate `n` holds" on a row of `matched`; `alias` ends with its dot. */
  holds(n: number, alias: string): string {
    return `(${alias}hits${wordOf(n)} & ${bitOf(n)}) <> 0`;
  }

  /** What the columns of hits, in the order of `words`, say of each predicate. */
  signature(hits: readonly bigint[]): Signature {
    return (n) => ((hits[wordOf(n)] ?? 0n) & (1n << BigInt(n % BITS))) !== 0n;
  }

  /** For each text that `column` is compared with: the bits in this word of the predicates that ask for it and nothing else. */
  private masks(column: string, word: number): readonly bigint[] {
    return this.codes.get(column)!.map((text) =>
      this.parts.reduce((mask, { code, rest }, n) => {
        const asked = rest === undefined && code?.column === column && code.text === text;
        return asked && wordOf(n) === word ? mask | (1n << BigInt(n % BITS)) : mask;
      }, 0n),
    );
  }

  private codeIs({ column, text }: Coded): string {
    return `code${[...this.codes.keys()].indexOf(column)} = ${this.codes.get(column)!.indexOf(text) + 1}`;
  }

  private split(predicate: Expression, columns: AttributeColumns): PredicateParts {
    const parts = conjuncts(predicate);
    for (const [n, part] of parts.entries()) {
      const code = codedText(part, columns);
      if (code === undefined) continue;
      const texts = this.codes.get(code.column) ?? [];
      if (!texts.includes(code.text)) texts.push(code.text);
      this.codes.set(code.column, texts);
      const others = parts.filter((_, other) => other !== n);
      const rest: Expression | undefined =
        others.length > 1 ? { kind: 'logical', operator: 'and', operands: others } : others[0];
      return rest === undefined ? { code } : { code, rest };
    }
    return { rest: predicate };
  }
}

/** A BIGINT has so many bits beside its sign. */
const BITS = 63;

function wordOf(predicate: number): number {
  return Math.floor(predicate / BITS);
}

function bitOf(predicate: number): string {
  return intLiteral(1n << BigInt(predicate % BITS));
}

interface Coded {
  /** SQL over the row `s`. */
  readonly column: string;
  readonly text: string;
}

interface PredicateParts {
  readonly code?: Coded;
  /** What has to hold besides. */
  readonly rest?: Expression;
}

/** `field = "text"` on a column that holds nothing but texts. */
function codedText(expression: Expression, columns: AttributeColumns): Coded | undefined {
  if (expression.kind !== 'compare' || expression.operator !== '=') return undefined;
  const { left, right } = expression;
  if (left.kind !== 'field' || right.kind !== 'constant' || right.type !== 'string') return undefined;
  if (left.field.bound !== undefined || left.field.hop !== 'self') return undefined;
  const { source } = left.field;
  const plain =
    source.kind === 'attribute'
      ? source.scope === 'span' || source.scope === 'resource' || source.scope === 'instrumentation'
      : source.name === 'span:name';
  if (!plain) return undefined;
  const value = compileValue(left, { columns, span: 's' });
  return value.s !== undefined && partsOf(value).length === 1 && value.further === undefined
    ? { column: value.s, text: right.value }
    : undefined;
}
