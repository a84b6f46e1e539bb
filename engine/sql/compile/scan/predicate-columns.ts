import { conjuncts, type Expression } from '../../../plan/expression.js';
import { bitAnd, bitOr, element, int, list, placeIn, text } from '../../text/operations.js';
import { join, name, type Sql, sql } from '../../text/sql.js';
import type { AttributeColumns } from '../attribute-columns.js';
import type { Signature } from '../condition/signature.js';
import { compileValue, fieldColumns } from '../value/expression.js';

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
  codeColumns(): readonly Sql[] {
    return [...this.codes].map(
      ([column, texts], n) => sql`${placeIn(list(texts.map(text)), spanColumn(column))} AS code${n}`,
    );
  }

  /** The names of the columns of hits. */
  words(): readonly Sql[] {
    return wordsFor(this.parts.length);
  }

  /** SQL of the columns of hits over the row `s` and its code columns; `compile` is for what is not coded. */
  hitColumns(compile: (predicate: Expression) => Sql): readonly Sql[] {
    return this.words().map((hits, word) => {
      const coded = [...this.codes.keys()].flatMap((column, n) => {
        const masks = this.masks(column, word);
        if (masks.every((mask) => mask === 0n)) return [];
        return [sql`coalesce(${element(list(masks.map(int)), sql`code${n}`)}, 0)`];
      });
      const others = this.parts.flatMap(({ code, rest }, n) => {
        if (rest === undefined || wordOf(n) !== word) return [];
        const others = compile(rest);
        const holds = code === undefined ? others : sql`${this.codeIs(code)} AND ${others}`;
        return [sql`CASE WHEN ${holds} THEN ${bitOf(n)} ELSE 0 END`];
      });
      return sql`${bitOr([...coded, ...others])} AS ${hits}`;
    });
  }

  /** SQL over the row `s` and its code columns that is true wherever a predicate is. */
  prefilter(compile: (predicate: Expression) => Sql): readonly Sql[] {
    const coded = [...this.codes.keys()].map((_, n) => sql`code${n} IS NOT NULL`);
    const others = this.parts.flatMap(({ code, rest }) =>
      code === undefined && rest !== undefined ? [compile(rest)] : [],
    );
    return [...coded, ...others];
  }

  /** SQL for "`predicate` holds" on a row of `matched`; `alias` ends with its dot. */
  holds(predicate: number, alias: Sql): Sql {
    return hasPredicate(predicate, alias);
  }

  /** What the columns of hits, in the order of `words`, say of each predicate. */
  signature(hits: readonly bigint[]): Signature {
    return (n) => ((hits[wordOf(n)] ?? 0n) & (1n << BigInt(n % BITS))) !== 0n;
  }

  /** For each text that `column` is compared with: the bits in this word of the predicates that ask for it and nothing else. */
  private masks(column: string, word: number): readonly bigint[] {
    return this.codes.get(column)!.map((asked) =>
      this.parts.reduce((mask, { code, rest }, n) => {
        const only = rest === undefined && code?.column === column && code.text === asked;
        return only && wordOf(n) === word ? mask | (1n << BigInt(n % BITS)) : mask;
      }, 0n),
    );
  }

  private codeIs({ column, text }: Coded): Sql {
    return sql`code${[...this.codes.keys()].indexOf(column)} = ${this.codes.get(column)!.indexOf(text) + 1}`;
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

function spanColumn(column: string): Sql {
  return sql`s.${name(column)}`;
}

/** A 64-bit integer has this many bits in addition to its sign. */
const BITS = 63;

/** The columns of hits for so many predicates. */
export function wordsFor(predicates: number): readonly Sql[] {
  return Array.from({ length: Math.ceil(predicates / BITS) }, (_, word) => sql`hits${word}`);
}

/** SQL for "`predicate` holds" on a row with columns of hits; `alias` ends with its dot. */
export function hasPredicate(predicate: number, alias: Sql): Sql {
  return sql`${bitAnd(sql`${alias}hits${wordOf(predicate)}`, bitOf(predicate))} <> 0`;
}

/** The same for "one of them holds". */
export function hasAnyPredicate(predicates: ReadonlySet<number>, alias: Sql): Sql {
  const masks = new Map<number, bigint>();
  for (const predicate of predicates) {
    const word = wordOf(predicate);
    masks.set(word, (masks.get(word) ?? 0n) | (1n << BigInt(predicate % BITS)));
  }
  const tests = [...masks].map(([word, mask]) => sql`${bitAnd(sql`${alias}hits${word}`, int(mask))} <> 0`);
  return tests.length === 0 ? sql`false` : sql`(${join(tests, ' OR ')})`;
}

/** The number of the column of hits that has a predicate … */
export function wordOf(predicate: number): number {
  return Math.floor(predicate / BITS);
}

/** … and its bit there. */
export function bitOf(predicate: number): Sql {
  return int(1n << BigInt(predicate % BITS));
}

interface Coded {
  /** Of the row `s`. */
  readonly column: string;
  readonly text: string;
}

interface PredicateParts {
  readonly code?: Coded;
  /** What else has to hold. */
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
  const value = compileValue(left, { columns, span: sql`s` });
  const [column, ...others] = fieldColumns(left.field, columns);
  return column !== undefined && others.length === 0 && value.s !== undefined && value.further === undefined
    ? { column, text: right.value }
    : undefined;
}
