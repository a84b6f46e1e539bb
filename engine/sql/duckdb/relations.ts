import { conjuncts, type Expression } from '../../plan/expression.js';
import { compileValue } from './expression.js';
import { stringLiteral } from './literal.js';
import type { AttributeColumns } from './names.js';
import { partsOf } from './value.js';

/**
 * How the predicates of a plan appear in `matched`.
 *
 * Most predicates ask for one name: `span:name = "x"`. Columns of such texts are dictionary coded in the files, and DuckDB
 * evaluates a function of one such column once for each entry of the dictionary. So each column that predicates compare
 * with texts becomes one small number, `code<n>`: which of these texts it is. A predicate that asks for nothing else needs
 * no column of its own.
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
        `list_position([${texts.map(stringLiteral).join(', ')}], ${column})::${texts.length < 250 ? 'UTINYINT' : 'INTEGER'} AS code${n}`,
    );
  }

  /** SQL of the boolean columns over the row `s` and the code columns; `compile` is for what is not coded. */
  ownColumns(compile: (predicate: Expression) => string): readonly string[] {
    return this.parts.flatMap(({ code, rest }, n) => {
      if (rest === undefined) return [];
      const sql = compile(rest);
      // CASE, unlike AND, evaluates the rest only for the rows that have the code.
      return [`${code === undefined ? sql : `CASE WHEN ${this.codeIs(code, '')} THEN ${sql} END`} AS p${n}`];
    });
  }

  /** SQL over the row `s` that is true wherever a predicate is: one test for each coded column, in a form that files are pruned by. */
  prefilter(compile: (predicate: Expression) => string): readonly string[] {
    const coded = [...this.codes].map(
      ([column, texts]) => `${column} IN (${texts.map(stringLiteral).join(', ')})`,
    );
    const others = this.parts.flatMap(({ code, rest }) =>
      code === undefined && rest !== undefined ? [compile(rest)] : [],
    );
    return [...coded, ...others];
  }

  /** SQL for "predicate `n` holds" on a row of `matched`; `alias` ends with its dot. */
  holds(n: number, alias: string): string {
    const { code, rest } = this.parts[n]!;
    return rest === undefined && code !== undefined ? this.codeIs(code, alias) : `${alias}p${n}`;
  }

  private codeIs({ column, text }: Coded, alias: string): string {
    return `${alias}code${[...this.codes.keys()].indexOf(column)} = ${this.codes.get(column)!.indexOf(text) + 1}`;
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
  return value.s !== undefined && partsOf(value).length === 1
    ? { column: value.s, text: right.value }
    : undefined;
}

/** What compiled SQL reads: the columns of the relations, and the names of those that a run makes. */
export interface Relations {
  readonly columns: AttributeColumns;
  readonly predicates: PredicateColumns;
  /** The table of matched spans: all, or only those of the traces that evidence is sought in. */
  readonly matched: string;
}
